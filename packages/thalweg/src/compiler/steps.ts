/**
 * The code of a program's steps: a function for each stage of a kernel, calls of host ops, loops, and the entry points that run them in order.
 */
import { InternalError } from "../base/errors.js";
import type { Node } from "../graph/node.js";
import type { HostOp } from "../graph/primitives.js";
import { addInt, type Builder, binary, defineFunction, int, load, mulInt } from "./builder.js";
import { barrierName, mainName, parallelName } from "./entry-points.js";
import { type Expr, i32, type LoopFunction } from "./ir.js";
import type { Places } from "./lower/emit-term.js";
import type { Lowered, Stage } from "./lower/kernel.js";
import { arenaOffset, bytesOf, type Place, type Scope, type Slot, type Update } from "./placement.js";
import { memoryOf } from "./terms.js";

/** Bytes before the table: the status word. */
export const tableOffset = 16;

export interface HostCallStep {
  readonly op: HostOp;
  readonly inputs: readonly { readonly node: Node; readonly place: Place }[];
  readonly outputs: readonly { readonly node: Node; readonly place: Place }[];
}

/** One call in the order of the program, or the share of it that a thread takes. */
interface Step {
  readonly whole: (b: Builder, arena: Expr, scratch: Expr) => void;
  readonly share: ((b: Builder, arena: Expr, team: Team) => void) | undefined;
  /** Whether it may find an index out of range: what follows is then left out, so that no variable takes a wrong value. */
  readonly checks: boolean;
}

interface Team {
  readonly scratch: Expr;
  readonly thread: Expr;
  readonly threads: Expr;
}

export interface StepSettings {
  /** Whether to write the entry point for several threads. */
  readonly threads: boolean;
  /** Elementary operations from which a stage is split over threads. */
  readonly parallelWork: number;
  /** Scratch memory of each thread. */
  readonly threadScratchBytes: number;
}

export class StepWriter {
  readonly functions: LoopFunction[] = [];
  readonly functionsOf = new Map<Lowered, string[]>();
  readonly hostCalls: HostCallStep[] = [];
  readonly checks: string[] = [];
  /** Whether some step is worth several threads. */
  parallel = false;
  private readonly checkNumbers = new Map<string, number>();
  private readonly settings: StepSettings;
  private checksAsked = 0;

  constructor(settings: StepSettings) {
    this.settings = settings;
  }

  /** Both entry points; they call the same functions, which are written once. */
  writeProgram(scope: Scope, updates: readonly Update[], slotOf: (variable: Node) => Slot): void {
    const finalCopies = (b: Builder, arena: Expr): void => {
      for (const { variable, value } of updates) {
        const from = placeIn(scope, value);
        const to = slotOf(variable);
        if (from.kind === "slot" && from.slot === to.slot) continue;
        b.copy(addressOf(b, arena, to), addressOf(b, arena, from), int(bytesOf(variable)));
      }
    };
    const steps = scope.lowered.flatMap((l) => this.steps(l, scope));
    const main = parameters("arena", "scratch");
    this.functions.push(
      defineFunction(mainName, main, (b, [arena = missing(), scratch = missing()]) => {
        inOrder(
          b,
          arena,
          steps,
          (step) => step.whole(b, arena, scratch),
          () => finalCopies(b, arena),
        );
      }),
    );
    this.parallel = steps.some((step) => step.share !== undefined);
    if (this.parallel && this.settings.threads) this.writeParallel(steps, finalCopies);
  }

  /** Steps that are worth it are shared by all threads; the first thread alone takes those between. */
  private writeParallel(steps: readonly Step[], finalCopies: (b: Builder, arena: Expr) => void): void {
    const team = parameters("arena", "scratch", "thread", "threads", "barrier");
    this.functions.push(
      defineFunction(
        parallelName,
        team,
        (b, [arena = missing(), scratch = missing(), thread = missing(), threads = missing(), barrier = missing()]) => {
          const own = b.let(addInt(scratch, mulInt(thread, int(this.settings.threadScratchBytes))));
          const alone = (serial: readonly Step[], rest: () => void): void =>
            b.if(binary("eq", thread, int(0)), () =>
              inOrder(b, arena, serial, (step) => step.whole(b, arena, own), rest),
            );
          // Every thread takes the same way: the status is read behind a barrier, and written before it.
          const from = (first: number): void => {
            let next = first;
            while (next < steps.length && steps[next]?.share === undefined) next += 1;
            const serial = steps.slice(first, next);
            const shared = steps[next];
            if (shared?.share === undefined) {
              // Nobody waits for what comes last: the caller is the first thread.
              alone(serial, () => finalCopies(b, arena));
              return;
            }
            const team: Team = { scratch: own, thread, threads };
            const share = shared.share;
            const afterSerial = (): void => {
              share(b, arena, team);
              b.call(barrierName, [barrier, threads]);
              if (shared.checks) b.if(allGood(arena), () => from(next + 1));
              else from(next + 1);
            };
            if (serial.length > 0) {
              alone(serial, () => undefined);
              b.call(barrierName, [barrier, threads]);
            }
            if (serial.some((step) => step.checks)) b.if(allGood(arena), afterSerial);
            else afterSerial();
          };
          from(0);
        },
      ),
    );
  }

  private steps(l: Lowered, scope: Scope): Step[] {
    if (l.kernel.kind === "scan") return [this.scanStep(l, scope)];
    if (l.kernel.kind === "host") return [this.hostStep(l, scope)];
    return l.stages.filter((stage) => stage.blocks > 0).map((stage) => this.stageStep(l, stage, scope));
  }

  private stageStep(l: Lowered, stage: Stage, scope: Scope): Step {
    const before = this.checksAsked;
    const name = this.stageFunction(l, stage, scope);
    const checks = this.checksAsked > before;
    const blocks = int(stage.blocks);
    const splits = stage.blocks > 1 && stage.work >= this.settings.parallelWork;
    return {
      checks,
      whole: (b, arena, scratch) => b.call(name, [arena, int(0), blocks, scratch]),
      share: !splits
        ? undefined
        : (b, arena, { scratch, thread, threads }) => {
            const start = b.let(binary("div", mulInt(thread, blocks), threads));
            const end = b.let(binary("div", mulInt(addInt(thread, int(1)), blocks), threads));
            b.if(binary("lt", start, end), () => b.call(name, [arena, start, end, scratch]));
          },
    };
  }

  private stageFunction(l: Lowered, stage: Stage, scope: Scope): string {
    const name = `k${this.functions.length}_${l.kernel.kind}`;
    this.functionsOf.set(l, [...(this.functionsOf.get(l) ?? []), name]);
    this.functions.push(
      defineFunction(
        name,
        parameters("arena", "start", "end", "scratch"),
        (b, [arena = missing(), start = missing(), end = missing(), threadScratch = missing()]) => {
          const addresses = new Map<Node, { base: Expr; offset: number }>();
          for (const node of [...(stage.reads ?? l.reads), ...l.writes]) {
            const place = placeIn(scope, node);
            addresses.set(
              node,
              place.kind === "arena"
                ? { base: arena, offset: arenaOffset(place.frame, place.offset) }
                : { base: addressOf(b, arena, place), offset: 0 },
            );
          }
          const places: Places = {
            of: (node) => {
              const found = addresses.get(node);
              if (found === undefined) {
                throw new InternalError(`program: a kernel uses ${node.op} ${node.id}, which it does not name`);
              }
              return found;
            },
            status: { base: arena, offset: 0 },
            checkNumber: (error) => this.checkNumber(error),
          };
          // A stage of one block runs whole: its bounds are known.
          const [from, to] = stage.blocks === 1 ? [int(0), int(1)] : [start, end];
          const scratch = b.let(addInt(arena, int(arenaOffset(scope.frame, scope.scratch.get(l) ?? 0))));
          stage.emit(b, from, to, { places, scratch, threadScratch });
        },
      ),
    );
    return name;
  }

  private checkNumber(error: string): number {
    this.checksAsked += 1;
    const known = this.checkNumbers.get(error);
    if (known !== undefined) return known;
    const number = this.checks.push(error);
    this.checkNumbers.set(error, number);
    return number;
  }

  private hostStep(l: Lowered, scope: Scope): Step {
    const node = l.kernel.cores[0];
    if (node?.op !== "host") throw new InternalError("hostStep: not a host op");
    const at = (n: Node) => ({ node: n, place: placeIn(scope, n) });
    const call = { op: node.params.op, inputs: node.inputs.map(at), outputs: l.kernel.roots.map(at) };
    const index = this.hostCalls.push(call) - 1;
    return { whole: (b, arena) => b.call("host", [int(index), arena]), share: undefined, checks: false };
  }

  /** One thread runs the whole loop. */
  private scanStep(l: Lowered, scope: Scope): Step {
    const node = l.kernel.cores[0];
    const loop = scope.loops.get(l);
    if (node?.op !== "scan" || loop === undefined) throw new InternalError("scanStep: not a scan");
    const { length, reverse, constants, carries } = node.params;
    const steps = loop.body.lowered.flatMap((inner) => this.steps(inner, loop.body));
    const inputs = node.inputs.map((n) => placeIn(scope, n));
    const roots = l.kernel.roots.map((n) => placeIn(scope, n));
    const whole = (b: Builder, arena: Expr, scratch: Expr): void => {
      const address = (place: Place | undefined): Expr => {
        if (place === undefined) throw new InternalError("scanStep: too few values");
        return addressOf(b, arena, place);
      };
      const point = ({ slot }: Slot, to: Expr): void => b.store(arena, b.let(to), tableOffset + 4 * slot);
      loop.constants.forEach((slot, i) => {
        point(slot, address(inputs[i]));
      });
      loop.carries.forEach((carry, i) => {
        b.copy(address(carry.place), address(inputs[constants + i]), int(carry.bytes));
      });
      b.for(int(0), int(length), int(1), (round) => {
        const t = reverse ? b.let(binary("sub", int(length - 1), round)) : round;
        loop.slicesIn.forEach(({ slot, bytes }, i) => {
          point(slot, addInt(address(inputs[constants + carries + i]), mulInt(t, int(bytes))));
        });
        loop.slicesOut.forEach(({ slot, bytes }, i) => {
          point(slot, addInt(address(roots[carries + i]), mulInt(t, int(bytes))));
        });
        for (const step of steps) step.whole(b, arena, scratch);
        for (const { slot, bytes, from } of loop.slicesOut) {
          if (from !== undefined) b.copy(address(slot), address(from), int(bytes));
        }
        for (const carry of loop.carries) b.copy(address(carry.place), address(carry.next), int(carry.bytes));
      });
      loop.carries.forEach((carry, i) => {
        b.copy(address(roots[i]), address(carry.place), int(carry.bytes));
      });
    };
    return { whole, share: undefined, checks: steps.some((step) => step.checks) };
  }
}

/** Runs steps one after the other, and `rest` behind them; none after one that found an index out of range. */
function inOrder(b: Builder, arena: Expr, steps: readonly Step[], run: (step: Step) => void, rest: () => void): void {
  const from = (first: number): void => {
    for (let i = first; i < steps.length; i += 1) {
      const step = steps[i];
      if (step === undefined) continue;
      run(step);
      if (!step.checks) continue;
      b.if(allGood(arena), () => from(i + 1));
      return;
    }
    rest();
  };
  from(0);
}

/** Whether the status word is 0. */
function allGood(arena: Expr): Expr {
  return binary("eq", load(i32, arena), int(0));
}

/** Where a scope has the value of `node`. */
export function placeIn(scope: Scope, node: Node): Place {
  const place = scope.places.get(memoryOf(node));
  if (place === undefined) throw new InternalError(`program: ${node.op} ${node.id} has no place`);
  return place;
}

function addressOf(b: Builder, arena: Expr, place: Place): Expr {
  if (place.kind === "slot") return b.let(load(i32, arena, tableOffset + 4 * place.slot), "address");
  return addInt(arena, int(arenaOffset(place.frame, place.offset)));
}

function parameters(...names: readonly string[]) {
  return names.map((name) => ({ name, type: i32 }));
}

function missing(): never {
  throw new InternalError("program: a function without its parameters");
}
