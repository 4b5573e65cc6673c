/** Memory planning: byte offsets for buffers with known lifetimes, so that those alive together do not overlap. */

export interface Demand {
  readonly bytes: number;
  /** First and last step at which the buffer holds something; both included. */
  readonly from: number;
  readonly to: number;
}

export const alignment = 64;

export const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * Offsets from `start`, and the end of what is used. Large buffers first, each at the lowest place where it meets none that lives at the same
 * time.
 */
export function planMemory(
  demands: readonly Demand[],
  start: number,
): { readonly offsets: readonly number[]; readonly end: number } {
  const order = demands.map((_, i) => i).sort((x, y) => (demands[y]?.bytes ?? 0) - (demands[x]?.bytes ?? 0) || x - y);
  const offsets = new Array<number>(demands.length).fill(start);
  const placed: { readonly from: number; readonly to: number; readonly low: number; readonly high: number }[] = [];
  let end = start;
  for (const i of order) {
    const demand = demands[i];
    if (demand === undefined) continue;
    const bytes = align(Math.max(1, demand.bytes));
    const others = placed.filter((p) => p.from <= demand.to && demand.from <= p.to).sort((x, y) => x.low - y.low);
    let low = start;
    for (const other of others) {
      if (low + bytes <= other.low) break;
      low = Math.max(low, other.high);
    }
    offsets[i] = low;
    placed.push({ from: demand.from, to: demand.to, low, high: low + bytes });
    end = Math.max(end, low + bytes);
  }
  return { offsets, end };
}
