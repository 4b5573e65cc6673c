/** One contract for every estimator that any door exports, whatever it fits. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import type { AnyKind, Estimator } from "../../src/preprocessing/estimator.js";
import { clauses } from "./contract-clauses.js";
import { composites, entries, readers, type Subject } from "./contract-entries.js";

type Kind = ((settings?: object) => Estimator) & AnyKind;

const source = new URL("../../src/", import.meta.url);
const doors = readdirSync(source).filter((folder) => existsSync(new URL(`${folder}/index.js`, source)));
/** All that the folders export, so that a new estimator, or a new folder of them, is seen from its first day. */
const exported = await Promise.all(
  doors.map(async (folder) => Object.entries((await import(`../../src/${folder}/index.js`)) as object)),
).then((lists) => lists.flat());
const kinds = exported.flatMap(([name, value]: [string, unknown]) =>
  typeof value === "function" && "kind" in value && "fromJSON" in value
    ? [{ name, kind: value as unknown as Kind }]
    : [],
);

const subjects: readonly Subject[] = [
  ...kinds.flatMap(({ kind }): Subject[] => {
    const entry = Object.hasOwn(entries, kind.kind) ? entries[kind.kind] : undefined;
    if (entry === undefined) return [];
    const make = (settings: object = {}): Estimator => kind({ ...entry.settings, ...settings });
    return [{ name: kind.kind, make, fromJSON: (json) => kind.fromJSON(json), entry }];
  }),
  ...composites,
];

test("every exported estimator has an entry, and every entry an estimator", () => {
  assert.ok(doors.length >= 17, `${doors.length} doors`);
  for (const { name, kind } of kinds) assert.equal(name, kind.kind, "an estimator goes by its kind");
  const lacking = kinds.filter(({ name }) => !Object.hasOwn(entries, name)).map(({ name }) => name);
  assert.deepEqual(lacking, [], "these have no entry in contract-entries.ts");
  const names = kinds.map(({ name }) => name);
  assert.deepEqual(
    Object.keys(entries).filter((name) => !names.includes(name)),
    [],
    "entries of what no door exports",
  );
  const reading = exported
    .map(([name]) => name)
    .filter((name) => name.endsWith("FromJSON") && name !== "estimatorFromJSON");
  assert.deepEqual(reading.sort(), Object.keys(readers).sort(), "functions that read composites");
  for (const name of Object.values(readers))
    assert.ok(
      subjects.some((s) => s.name === name),
      name,
    );
});

for (const subject of subjects)
  describe(subject.name, () => {
    for (const [name, clause] of Object.entries(clauses)) test(name, () => clause(subject));
  });
