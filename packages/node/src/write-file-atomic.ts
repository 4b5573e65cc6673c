/** Files that are there whole or not at all. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Files being written now, removed when the process is told to end. */
const unfinished = new Set<string>();

/**
 * Writes to a new file beside `path`, forces it to the disk, and renames it over `path`: whoever looks sees the old file or the new one, never a
 * part. Missing folders are made. When writing fails, or `signal` is aborted, nothing is left behind and an old file stays as it was.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
  unfinished.add(temporary);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    options.signal?.throwIfAborted();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

/** The files that `writeFileAtomic` has begun and not yet renamed, for a process that must end at once. */
export function unfinishedFiles(): string[] {
  return [...unfinished];
}
