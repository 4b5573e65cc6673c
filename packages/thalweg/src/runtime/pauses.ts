/** Busy pauses of random length, to bring threads out of step in tests. */

const longest = 0.2; // milliseconds

export function pauses(seed: number): () => void {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    // xorshift: any order of threads will do
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if ((state & 3) === 0) return;
    const end = performance.now() + ((state >>> 8) / 2 ** 24) * longest;
    while (performance.now() < end);
  };
}
