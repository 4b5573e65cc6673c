/** Names close to one that does not exist, for messages: "did you mean …?". */

/**
 * Up to `limit` of `candidates` that `name` may have meant, best first: equal but for case and punctuation, at a small edit distance
 * (V. Levenshtein, 1966), one contained in the other, or short for it ("dims" for
 * "dimensions").
 */
export function nearestNames(name: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = plain(name);
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of candidates) {
    const other = plain(candidate);
    const distance = editDistance(wanted, other);
    const contained = wanted.length > 2 && other.length > 2 && (other.includes(wanted) || wanted.includes(other));
    const longer = Math.max(wanted.length, other.length);
    const allowed = longer < 3 ? 0 : Math.max(1, Math.floor(longer / 3));
    if (distance <= allowed) scored.push({ candidate, score: distance });
    else if (contained) scored.push({ candidate, score: allowed + 1 });
    else if (shortFor(wanted, other)) scored.push({ candidate, score: allowed + 2 });
  }
  scored.sort((a, b) => a.score - b.score);
  return scored.slice(0, limit).map((s) => s.candidate);
}

/** The sentence `did you mean "a" or "b"?`, or a list of what there is, or how many there are. */
export function suggestNames(name: string, candidates: readonly string[], what = "columns"): string {
  const near = nearestNames(name, candidates).map((n) => `"${n}"`);
  if (near.length > 0) return `did you mean ${near.join(" or ")}?`;
  const shown = candidates.slice(0, 12).map((n) => `"${n}"`);
  const more = candidates.length > shown.length ? ` and ${candidates.length - shown.length} more` : "";
  return `the ${what} are ${shown.join(", ")}${more}`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]+/g, "");
}

/** Whether `name` is at least three letters of `full`, in their order and from the first. */
function shortFor(name: string, full: string): boolean {
  if (name.length < 3 || name[0] !== full[0]) return false;
  let at = 0;
  for (const letter of full) if (letter === name[at]) at += 1;
  return at === name.length;
}

/** The least number of insertions, deletions and replacements; one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
