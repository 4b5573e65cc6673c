/** The time that importing takes: every public door of the package. */
import { readFileSync } from "node:fs";

const { exports } = JSON.parse(
  readFileSync(new URL("../../../packages/thalweg/package.json", import.meta.url), "utf8"),
);
const doors = Object.keys(exports).map((door) => door.replace(/^\./, "thalweg"));

export function prepare() {
  return {
    once: async () => {
      const start = performance.now();
      await Promise.all(doors.map((door) => import(door)));
      return (performance.now() - start) / 1000;
    },
  };
}
