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
  await makeFolder(folder);
  // Cut, so that it is no longer than a name may be where the name itself is not.
  const temporary = join(folder, `.${basename(path).slice(0, 40)}.${randomBytes(6).toString("hex")}.part`);
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

/** One folder after the other: `recursive: true` never ends where the system refuses new folders with ENOENT, such as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await make();
  });
}
