/** How the work of a kernel is cut into parts for threads, and from when on. Apart from what does it, because public declarations name it. */

/** The arguments of a kernel for `count` of its rows (or columns) from `from` on; `scratch` is the thread's own. */
export type Part = (from: number, count: number, scratch: number) => readonly number[];

/** Multiplications and additions from which a call is worth sharing, and elements touched in what memory bounds: some 30 µs. */
export const sharedProduct = 1_500_000;
export const sharedSweep = 60_000;
