/** The version of this package. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Seen from the built file, dist/src/version.js.
const folder = dirname(fileURLToPath(import.meta.url));
const description: unknown = JSON.parse(readFileSync(join(folder, "..", "..", "package.json"), "utf8"));

export const version: string =
  typeof description === "object" && description !== null && "version" in description
    ? String(description.version)
    : "unknown";
