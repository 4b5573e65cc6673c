/** Where the report goes, checked before anything is trained: it must be possible to write it, and it must not destroy what is read. */
import { access, constants, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { housingFiles } from "@thalweg/node";
import { UserError } from "thalweg";
import type { CompareSettings } from "./settings.js";

/**
 * The path to write to. A link is followed, so that it stays a link.
 *
 * @throws UserError when the output is no file, cannot be written, or is the data under whatever name.
 */
export async function outputFile({ output, data }: Pick<CompareSettings, "output" | "data">): Promise<string> {
  const named = resolve(output);
  const path = await realpath(named).catch(() => named);
  const existing = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENAMETOOLONG") return undefined;
    throw new UserError(`--output ${output}: the name is longer than the system allows`);
  });
  if (existing?.isDirectory() === true) throw new UserError(`--output ${output} is a folder; name a file in it`);
  if (existing !== undefined) {
    for (const read of data === undefined ? housingFiles() : [data === "-" ? "/dev/stdin" : data])
      if (await sameFile(path, read))
        throw new UserError(
          `--output ${output} is the file that the data is read from${data === undefined || read === output ? "" : ` (--data ${read})`}, and the report would replace it; name another file`,
        );
    // Files are replaced whole, by renaming: done to a device, that would remove the device.
    if (!existing.isFile())
      throw new UserError(`--output ${output} is a device or a pipe, and the report needs a file; name one`);
  }
  const folder = await nearestFolder(path);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true)
    throw new UserError(`--output ${output}: ${folder} is not a folder`);
  await access(folder, constants.W_OK).catch(() => {
    throw new UserError(`--output ${output}: no permission to write into ${folder}`);
  });
  return path;
}

/** Whether two names lead to one file: the same path once links are followed, or two hard links. */
async function sameFile(a: string, b: string): Promise<boolean> {
  try {
    if ((await realpath(a)) === (await realpath(b))) return true;
    const [first, second] = await Promise.all([a, b].map((path) => stat(path, { bigint: true })));
    return (
      first !== undefined &&
      second !== undefined &&
      first.ino !== 0n &&
      first.ino === second.ino &&
      first.dev === second.dev
    );
  } catch {
    // One of them does not exist.
    return false;
  }
}

/** The nearest folder above that exists; the others are made when the report is written. */
async function nearestFolder(path: string): Promise<string> {
  let folder = dirname(path);
  while (folder !== dirname(folder) && (await stat(folder).catch(() => undefined)) === undefined)
    folder = dirname(folder);
  return folder;
}
