/** Ranks with ties. */

/** The rank of each value, from 1; equal values share the mean of their ranks. `tied` holds the size of each group of equals. */
export function averageRanks(values: ArrayLike<number>): { readonly ranks: Float64Array; readonly tied: number[] } {
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  const tied: number[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let k = start; k < end; k += 1) ranks[order[k] ?? 0] = (start + 1 + end) / 2;
    tied.push(end - start);
    start = end;
  }
  return { ranks, tied };
}
