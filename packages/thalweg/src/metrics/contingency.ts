/** How often each label of one list meets each label of another: the table that comparisons of groupings stand on. */
import { ShapeError } from "../base/errors.js";
import { distinctLabels, encodeLabels, type LabelsInput, readLabels } from "../data/labels.js";

export interface Contingency {
  /** counts[i][j]: rows in group i of the first and group j of the second. */
  readonly counts: readonly Float64Array[];
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly total: number;
}

export function contingency(op: string, first: LabelsInput, second: LabelsInput): Contingency {
  const a = readLabels(op, "labelsTrue", first);
  const b = readLabels(op, "labelsPredicted", second);
  if (a.length !== b.length)
    throw new ShapeError(`${op}: labelsTrue has ${a.length} labels, labelsPredicted has ${b.length}`);
  const [groupsA, groupsB] = [distinctLabels(a), distinctLabels(b)];
  const codesA = encodeLabels(op, "labelsTrue", a, groupsA);
  const codesB = encodeLabels(op, "labelsPredicted", b, groupsB);
  const counts = groupsA.map(() => new Float64Array(groupsB.length));
  const sumsA = new Float64Array(groupsA.length);
  const sumsB = new Float64Array(groupsB.length);
  codesA.forEach((i, row) => {
    const j = codesB[row] ?? 0;
    const line = counts[i];
    if (line !== undefined) line[j] = (line[j] ?? 0) + 1;
    sumsA[i] = (sumsA[i] ?? 0) + 1;
    sumsB[j] = (sumsB[j] ?? 0) + 1;
  });
  return { counts, first: sumsA, second: sumsB, total: a.length };
}
