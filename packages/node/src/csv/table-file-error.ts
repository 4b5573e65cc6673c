/** Errors of a table in a file, with the places where they are. */
import { UserError } from "thalweg";

/** A place in the file: line and column count from 1; a problem of a whole line has no column. */
export interface Problem {
  readonly line: number;
  readonly column?: { readonly number: number; readonly name: string };
  readonly text: string;
}

/** How many problems a message lists. */
const mostListed = 10;

/** A file that cannot be read as a table. The message lists the first places; `problems` has those that were kept. */
export class TableFileError extends UserError {
  override name = "TableFileError";
  readonly path: string;
  readonly problems: readonly Problem[];

  /** `total` counts the problems, of which `problems` may hold the first alone. */
  constructor(path: string, summary: string, problems: readonly Problem[] = [], total = problems.length) {
    super(`${path}: ${summary}${list(problems, total)}`);
    this.path = path;
    this.problems = problems;
  }
}

function list(problems: readonly Problem[], total: number): string {
  const lines = problems.slice(0, mostListed).map((problem) => `\n  ${describeProblem(problem)}`);
  if (total > lines.length && lines.length > 0) lines.push(`\n  and ${total - lines.length} more`);
  return lines.join("");
}

export function describeProblem({ line, column, text }: Problem): string {
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column.number} ("${column.name}")`;
  return `${place}: ${text}`;
}
