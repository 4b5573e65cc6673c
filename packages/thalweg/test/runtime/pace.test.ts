/** The choice between one thread and several, by times that a program is said to take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../src/runtime/pace.js";

/** Runs it with the given times; how many of the last `counted` runs were shared. */
function play(pace: Pace, runs: number, time: (shared: boolean, run: number) => number, counted = runs): number {
  let shared = 0;
  for (let run = 0; run < runs; run += 1) {
    const shares = pace.shares;
    if (shares && run >= runs - counted) shared += 1;
    pace.record(shares, time(shares, run));
  }
  return shared;
}

test("a program that gains is shared but for short trials", () => {
  const shared = play(new Pace(), 10_000, (s) => (s ? 1 : 1.9));
  assert.ok(shared > 9_700 && shared < 10_000, `${shared}`);
});

test("a program that loses soon runs alone, but for short trials", () => {
  const shared = play(new Pace(), 10_000, (s) => (s ? 1.2 : 1));
  assert.ok(shared > 50 && shared < 300, `${shared}`);
});

test("it follows when the machine changes", () => {
  const pace = new Pace();
  play(pace, 2_000, (s) => (s ? 2 : 1));
  assert.ok(play(pace, 2_000, (s) => (s ? 0.5 : 1), 1_000) > 900);
  assert.ok(play(pace, 4_000, (s) => (s ? 2 : 1), 1_000) < 100);
});

test("a slow first run and a single disturbance do not mislead it", () => {
  const pace = new Pace();
  assert.ok(play(pace, 3_000, (s, run) => (run < 3 ? 100 : run % 500 === 0 ? 50 : s ? 1 : 1.5), 2_000) > 1_800);
});
