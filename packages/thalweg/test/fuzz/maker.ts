/** What adds a node of some kind to a pool. */
import type { Node } from "../../src/graph/node.js";
import type { Pool } from "./pool.js";

/** The node, if it can be made of what is there and was not added already. `grow` fills the pool of a body. */
export type Maker = (pool: Pool, depth: number, grow: Grow) => Node | undefined;

export type Grow = (pool: Pool, count: number, depth: number) => void;
