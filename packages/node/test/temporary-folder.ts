import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A new folder, removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "thalweg-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A file with the given content in a new folder. */
export async function temporaryFile(t: TestContext, content: string | Uint8Array, name = "table.csv"): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, content);
  return path;
}
