/** Errors inside of folds, told in terms of the rows that the caller gave. */
import { UserError } from "../base/errors.js";

/** Arguments that have a row for each row of a fold. */
const rowWise = ["x", "y", "yTrue", "sampleWeight"];

/** Runs `body` on part of the rows; an error that names a row of that part then also tells which row of all that is. */
export function onRows<T>(rows: Int32Array, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof UserError && error.place !== undefined && rowWise.includes(error.place.argument)) {
      const { argument, row } = error.place;
      const whole = rows[row];
      if (whole !== undefined) {
        const name = argument === "yTrue" ? "y" : argument;
        error.place = { argument: name, row: whole };
        if (whole !== row) retell(error, `${error.message} (row ${row} there is row ${whole} of the ${name} given)`);
      }
    }
    throw error;
  }
}

/** Runs `body`; its errors begin with where they happened. */
export function told<T>(where: string | undefined, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (where !== undefined && error instanceof Error) retell(error, `${where}: ${error.message}`);
    throw error;
  }
}

function retell(error: Error, message: string): void {
  const { message: before, stack } = error;
  error.message = message;
  // Engines write the message into the stack when the error is made, or when the stack is first looked at.
  if (stack?.includes(before) === true) error.stack = stack.replace(before, () => message);
}
