/**
 * When the locals of a function live, so that WebAssembly locals can be shared.
 *
 * A local may share its slot if its first mention is a `set` that stands directly in the innermost block holding all its mentions: then
 * each run through the block writes it before reading it. All others keep a slot of their own for the whole function, because a local that
 * is read before it is set is zero.
 */
import type { Expr, Local, LoopFunction, Statement } from "../../compiler/ir.js";

interface Block {
  readonly id: number;
  readonly parent: Block | undefined;
  /** Where the block's statement stands in the parent. */
  readonly indexInParent: number;
  readonly depth: number;
}

interface Life {
  block: Block;
  last: number;
  /** The first mention is a set directly in `block`. */
  setFirst: boolean;
}

/** Blocks are numbered in the order in which `visitBlocks` and the emitter enter them. */
export interface Lifetimes {
  /** May this local share its slot? */
  readonly shared: ReadonlySet<Local>;
  /** The shared locals that end with statement `index` of block `id`: `ends.get(id)?.get(index)`. */
  readonly ends: ReadonlyMap<number, ReadonlyMap<number, readonly Local[]>>;
}

export function forEachOperand(e: Expr, visit: (operand: Expr) => void): void {
  switch (e.kind) {
    case "const":
    case "local":
      return;
    case "load":
      return visit(e.address);
    case "unary":
    case "cast":
    case "bitcast":
    case "splat":
    case "lane":
      return visit(e.a);
    case "binary":
    case "shuffle":
      visit(e.a);
      return visit(e.b);
    case "withLane":
      visit(e.a);
      return visit(e.value);
    case "fma":
      visit(e.a);
      visit(e.b);
      return visit(e.c);
    case "select":
      visit(e.mask);
      visit(e.a);
      return visit(e.b);
  }
}

export function lifetimes(f: LoopFunction): Lifetimes {
  const lives = new Map<Local, Life>();
  let blocks = 0;
  const open = (parent: Block | undefined, indexInParent: number): Block => {
    const block = { id: blocks, parent, indexInParent, depth: parent === undefined ? 0 : parent.depth + 1 };
    blocks += 1;
    return block;
  };

  const mention = (l: Local, block: Block, index: number, isSet: boolean): void => {
    const life = lives.get(l);
    if (life === undefined) {
      lives.set(l, { block, last: index, setFirst: isSet });
      return;
    }
    let here = block;
    let at = index;
    while (here !== life.block) {
      if (here.depth > life.block.depth && here.parent !== undefined) {
        at = here.indexInParent;
        here = here.parent;
      } else if (life.block.parent !== undefined) {
        life.last = life.block.indexInParent;
        life.block = life.block.parent;
        life.setFirst = false;
      }
    }
    life.last = at;
  };

  let block = open(undefined, 0);
  let index = 0;
  const read = (e: Expr): void => {
    if (e.kind === "local") mention(e.local, block, index, false);
    else if (e.kind !== "const") forEachOperand(e, read);
  };
  const inside = (statements: readonly Statement[]): void => {
    const [outer, at] = [block, index];
    block = open(outer, at);
    walk(statements);
    block = outer;
    index = at;
  };
  const walk = (statements: readonly Statement[]): void => {
    index = 0;
    for (const s of statements) {
      statement(s);
      index += 1;
    }
  };
  const statement = (s: Statement): void => {
    switch (s.kind) {
      case "set":
        read(s.value);
        return mention(s.local, block, index, true);
      case "store":
        read(s.address);
        return read(s.value);
      case "for":
        read(s.start);
        read(s.stop);
        read(s.step);
        mention(s.index, block, index, true);
        return inside(s.body);
      case "while":
        read(s.condition);
        return inside(s.body);
      case "if":
        read(s.condition);
        inside(s.then);
        return inside(s.else);
      case "call":
        return s.args.forEach(read);
      case "copy":
        read(s.to);
        read(s.from);
        return read(s.bytes);
      case "fill":
        read(s.to);
        read(s.byte);
        return read(s.bytes);
      case "comment":
        return;
    }
  };
  walk(f.body);

  const params = new Set(f.params);
  const shared = new Set<Local>();
  const ends = new Map<number, Map<number, Local[]>>();
  for (const [l, life] of lives) {
    if (!life.setFirst || params.has(l)) continue;
    shared.add(l);
    const inBlock = ends.get(life.block.id) ?? new Map<number, Local[]>();
    ends.set(life.block.id, inBlock);
    const atIndex = inBlock.get(life.last) ?? [];
    inBlock.set(life.last, atIndex);
    atIndex.push(l);
  }
  return { shared, ends };
}
