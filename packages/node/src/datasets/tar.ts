/** One file out of a tar archive. Format: POSIX.1-2017 "pax", interchange format "ustar". */

const block = 512;

/** The content of the first regular file whose name ends in `/name` (or is `name`); undefined when the archive has none. */
export function fileInTar(archive: Uint8Array, name: string): Uint8Array | undefined {
  let at = 0;
  while (at + block <= archive.length) {
    const header = archive.subarray(at, at + block);
    if (header[0] === 0) return undefined;
    const path = [text(header, 345, 155), text(header, 0, 100)].filter((part) => part !== "").join("/");
    const size = Number.parseInt(text(header, 124, 12), 8);
    if (!Number.isInteger(size) || size < 0 || at + block + size > archive.length) return undefined;
    const type = header[156] ?? 0;
    const regular = type === 0 || type === 0x30;
    if (regular && (path === name || path.endsWith(`/${name}`))) return archive.slice(at + block, at + block + size);
    at += block + Math.ceil(size / block) * block;
  }
  return undefined;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
}
