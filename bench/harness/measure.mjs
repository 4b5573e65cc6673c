/** Measures one row: ours, its yardstick and the peers take turns, block by block, so that what disturbs one disturbs all. */
import { workloads } from "../workloads.mjs";
import { Child } from "./child.mjs";

/**
 * @typedef {import("../workloads.mjs").Workload} Workload
 *
 * @typedef {object} Row
 * @property {string} workload
 * @property {string} system
 * @property {number} threads
 * @property {number} value the median over blocks
 * @property {string} unit
 * @property {number} best the best block
 * @property {number} blocks
 * @property {number} [share] of the yardstick: the median over blocks of the ratio to the yardstick's block beside it
 * @property {number} [shareOfBest] the best block over the yardstick's best
 * @property {number} [ratio] how many times as fast Thalweg is as this peer: the median over blocks
 * @property {number} [speedup] how many times as fast as on one thread: the median over blocks
 * @property {number} [check] the number by which results were compared
 * @property {string} version
 *
 * @typedef {{ warmSeconds: number, seconds: number, blocks: number, threads: number, peers: boolean }} Method
 */

export const ours = "thalweg-wasm";

/** The module of systems/ that a system's name stands for. @param {string} system */
const moduleOf = (system) => (system === ours ? "thalweg" : system);

/** How far results of two systems may lie apart, relative, where the workload does not say: rounding of f32. */
const agreement = 2e-3;

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return (low + high) / 2;
}

/**
 * @param {Workload} workload @param {Method} method
 * @returns {Promise<{ rows: Row[], notes: string[] }>}
 */
export function measure(workload, method) {
  return workload.kind === "once" ? measureOnce(workload, method) : measureRate(workload, method);
}

/** @param {Workload} workload @param {Method} method */
async function measureOnce(workload, { threads, blocks }) {
  /** @type {number[]} */
  const seconds = [];
  let version = "";
  for (let i = 0; i < blocks; i += 1) {
    const child = new Child("thalweg", workload.name, threads);
    try {
      const ready = await child.ask();
      if (typeof ready.absent === "string") return { rows: [], notes: [ready.absent] };
      version = versionOf(ready);
      seconds.push(Number((await child.ask({ once: true })).seconds));
    } finally {
      child.end();
    }
  }
  const { name, unit, scale } = workload;
  const value = median(seconds) * scale;
  const best = Math.min(...seconds) * scale;
  return { rows: [{ workload: name, system: ours, threads, value, unit, best, blocks, version }], notes: [] };
}

/** @param {Workload} workload @param {Method} method */
async function measureRate(workload, { threads, blocks, seconds, warmSeconds, peers }) {
  /** @type {{ system: string, workload: string, threads: number }[]} */
  const wanted = [{ system: ours, workload: workload.name, threads }];
  if (workload.yardstick !== undefined) wanted.push({ system: ours, workload: workload.yardstick, threads: 1 });
  if (threads > 1) wanted.push({ system: ours, workload: workload.name, threads: 1 });
  if (peers) for (const system of workload.peers ?? []) wanted.push({ system, workload: workload.name, threads });

  /** @type {string[]} */
  const notes = [];
  /** @type {{ child: Child, system: string, workload: string, threads: number, version: string, work: number, rates: number[], check: number | null }[]} */
  const runners = [];
  try {
    for (const one of wanted) {
      const child = new Child(moduleOf(one.system), one.workload, one.threads);
      const ready = await begin(child, warmSeconds).catch((error) => ({ absent: String(error.message) }));
      if ("absent" in ready) {
        notes.push(`${one.system} ${one.workload}: ${ready.absent}`);
        child.end();
        continue;
      }
      const work = Number(ready.work ?? workloads.find((w) => w.name === one.workload)?.work ?? 1);
      runners.push({ child, ...one, version: versionOf(ready), work, rates: [], check: null });
    }
    for (let round = 0; round < blocks; round += 1) {
      for (const runner of runners) {
        const block = await runner.child.ask({ block: seconds });
        runner.rates.push(Number(block.calls) / Number(block.seconds));
      }
    }
    for (const runner of runners) {
      const { check } = await runner.child.ask({ check: true });
      if (typeof check === "number") runner.check = check;
    }
  } finally {
    for (const { child } of runners) child.end();
  }

  const own = runners.find((r) => r.system === ours && r.workload === workload.name && r.threads === threads);
  const alone = runners.find((r) => r !== own && r.system === ours && r.workload === workload.name);
  const stick = runners.find((r) => r.system === ours && r.workload === workload.yardstick);
  /** @type {Row[]} */
  const rows = [];
  for (const runner of runners) {
    const isStick = runner === stick;
    const about = isStick ? (workloads.find((w) => w.name === runner.workload) ?? workload) : workload;
    const peer = runner.system !== ours;
    rows.push({
      workload: runner.workload,
      system: runner.system,
      threads: runner.threads,
      value: inUnit(about, median(runner.rates), runner.work),
      unit: about.unit,
      best: inUnit(about, Math.max(...runner.rates), runner.work),
      blocks,
      ...(stick === undefined || isStick ? {} : shares(runner, stick)),
      ...(peer && own !== undefined ? { ratio: medianRatio(own.rates, runner.rates) } : {}),
      ...(runner === own && alone !== undefined ? { speedup: medianRatio(own.rates, alone.rates) } : {}),
      ...(runner.check === null ? {} : { check: runner.check }),
      version: runner.version,
    });
    if (peer && own?.check != null && runner.check !== null && !agree(own.check, runner.check, workload.agreement)) {
      notes.push(
        `${workload.name}: ${runner.system} computed ${runner.check} where ${ours} computed ${own.check}: not the same work`,
      );
    }
  }
  return { rows, notes };
}

/** What the child says first; it is warm then, if it has the workload. @param {Child} child @param {number} warmSeconds */
async function begin(child, warmSeconds) {
  const ready = await child.ask();
  if (!("absent" in ready)) await child.ask({ warm: warmSeconds });
  return ready;
}

/** @param {number[]} rates @param {number[]} others */
const medianRatio = (rates, others) => median(rates.map((rate, i) => rate / (others[i] ?? Number.NaN)));

/** @param {number} a @param {number} b */
const agree = (a, b, within = agreement) => Math.abs(a - b) <= within * Math.max(Math.abs(a), Math.abs(b));

/** @param {{ rates: number[], work: number }} runner @param {{ rates: number[], work: number }} stick */
function shares(runner, stick) {
  const part = runner.work / stick.work;
  return {
    share: medianRatio(runner.rates, stick.rates) * part,
    shareOfBest: (Math.max(...runner.rates) / Math.max(...stick.rates)) * part,
  };
}

/** @param {Workload} workload @param {number} rate calls a second @param {number} work */
function inUnit(workload, rate, work) {
  if (workload.per === "seconds") return workload.scale / rate;
  return rate * workload.scale * (workload.countsWork === true ? work : 1);
}

/** @param {Record<string, unknown>} ready */
function versionOf({ ready }) {
  return typeof ready === "object" && ready !== null && "version" in ready ? String(ready.version) : "";
}
