/** The time that importing takes: what a training step needs, and every public door of the package. */
import { readFileSync } from "node:fs";

const { exports } = JSON.parse(
  readFileSync(new URL("../../../packages/thalweg/package.json", import.meta.url), "utf8"),
);
/** What threads run, and nobody imports. */
const programs = ["./worker", "./fit-worker"];
const training = [".", "./nn", "./losses", "./optim", "./train"];

/** @param {string} workload */
export function prepare(workload) {
  const doors = workload === "import" ? training : Object.keys(exports).filter((door) => !programs.includes(door));
  return {
    once: async () => {
      const start = performance.now();
      await Promise.all(doors.map((door) => import(door.replace(/^\./, "thalweg"))));
      return (performance.now() - start) / 1000;
    },
  };
}
