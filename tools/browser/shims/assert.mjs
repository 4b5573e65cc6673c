// The part of node:assert/strict that the library's tests use, for a page or a worker. Asking for anything else fails loudly:
// a method that is missing here must not pass as an assertion that held.

export class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message);
    this.name = "AssertionError";
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}

function show(value, depth = 0) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (depth > 3) return "…";
  const items =
    Array.isArray(value) || ArrayBuffer.isView(value) ? [...(value.length === undefined ? [] : value)] : undefined;
  if (items !== undefined) {
    const shown = items.slice(0, 20).map((item) => show(item, depth + 1));
    return `${value.constructor.name}(${items.length}) [${shown.join(", ")}${items.length > 20 ? ", …" : ""}]`;
  }
  const entries = Object.entries(value).slice(0, 20);
  return `{ ${entries.map(([key, item]) => `${key}: ${show(item, depth + 1)}`).join(", ")} }`;
}

function failWith(message, fallback, actual, expected, operator) {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message: message ?? fallback, actual, expected, operator });
}

/** Strict deep equality as Node has it: same prototype, Object.is for primitives, own enumerable keys, maps and sets by content. */
function same(a, b, seen = new Map()) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
  if (a instanceof Date && a.getTime() !== b.getTime()) return false;
  if (a instanceof RegExp && String(a) !== String(b)) return false;
  if (a instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b), seen);
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
  }
  if (a instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key), seen));
  }
  if (a instanceof Set) {
    return (
      a.size === b.size && [...a].every((value) => b.has(value) || [...b].some((other) => same(value, other, seen)))
    );
  }
  if (Array.isArray(a) && a.length !== b.length) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], seen))
  );
}

/** Whether a thrown value is what a test expects: a class, a pattern, a predicate, or an object of properties. */
function checkThrown(error, expected, message) {
  if (expected === undefined || typeof expected === "string") return;
  if (expected instanceof RegExp) {
    if (!expected.test(String(error)))
      failWith(message, `${show(error)} does not match ${expected}`, error, expected, "throws");
  } else if (typeof expected === "function") {
    const isClass =
      expected.prototype !== undefined && (expected === Error || Object.prototype.isPrototypeOf.call(Error, expected));
    if (isClass) {
      if (!(error instanceof expected))
        failWith(message, `${show(error)} is no ${expected.name}`, error, expected, "throws");
    } else if (expected(error) !== true) {
      failWith(message, `the validation function refused ${show(error)}`, error, expected, "throws");
    }
  } else {
    const keys = expected instanceof Error ? [...Object.keys(expected), "name", "message"] : Object.keys(expected);
    for (const key of keys) {
      const wanted = expected[key];
      const matches =
        wanted instanceof RegExp && typeof error?.[key] === "string"
          ? wanted.test(error[key])
          : same(error?.[key], wanted);
      if (!matches) failWith(message, `${key} of ${show(error)} is not ${show(wanted)}`, error, expected, "throws");
    }
  }
}

export function ok(value, message) {
  if (!value) failWith(message, `${show(value)} is not truthy`, value, true, "==");
}
export function fail(message) {
  failWith(message, "Failed", undefined, undefined, "fail");
}
export function equal(actual, expected, message) {
  if (!Object.is(actual, expected)) {
    failWith(message, `expected ${show(expected)}, got ${show(actual)}`, actual, expected, "strictEqual");
  }
}
export function notEqual(actual, expected, message) {
  if (Object.is(actual, expected)) {
    failWith(message, `expected anything but ${show(actual)}`, actual, expected, "notStrictEqual");
  }
}
export function deepEqual(actual, expected, message) {
  if (!same(actual, expected)) {
    failWith(message, `expected ${show(expected)}, got ${show(actual)}`, actual, expected, "deepStrictEqual");
  }
}
export function notDeepEqual(actual, expected, message) {
  if (same(actual, expected))
    failWith(message, `expected anything but ${show(actual)}`, actual, expected, "notDeepStrictEqual");
}
export function match(text, pattern, message) {
  if (typeof text !== "string" || !pattern.test(text))
    failWith(message, `${show(text)} does not match ${pattern}`, text, pattern, "match");
}
export function doesNotMatch(text, pattern, message) {
  if (typeof text === "string" && pattern.test(text))
    failWith(message, `${show(text)} matches ${pattern}`, text, pattern, "doesNotMatch");
}
export function throws(body, expected, message) {
  let thrown;
  try {
    body();
  } catch (error) {
    thrown = { error };
  }
  const text = typeof expected === "string" ? expected : message;
  if (thrown === undefined) failWith(text, "Missing expected exception", undefined, expected, "throws");
  else checkThrown(thrown.error, expected, text);
}
export function doesNotThrow(body, message) {
  try {
    body();
  } catch (error) {
    failWith(
      typeof message === "string" ? message : undefined,
      `threw ${show(error)}`,
      error,
      undefined,
      "doesNotThrow",
    );
  }
}
export async function rejects(promiseOrBody, expected, message) {
  let rejected;
  try {
    await (typeof promiseOrBody === "function" ? promiseOrBody() : promiseOrBody);
  } catch (error) {
    rejected = { error };
  }
  const text = typeof expected === "string" ? expected : message;
  if (rejected === undefined) failWith(text, "Missing expected rejection", undefined, expected, "rejects");
  else checkThrown(rejected.error, expected, text);
}
export async function doesNotReject(promiseOrBody, message) {
  try {
    await (typeof promiseOrBody === "function" ? promiseOrBody() : promiseOrBody);
  } catch (error) {
    failWith(
      typeof message === "string" ? message : undefined,
      `rejected with ${show(error)}`,
      error,
      undefined,
      "doesNotReject",
    );
  }
}
export const strictEqual = equal;
export const notStrictEqual = notEqual;
export const deepStrictEqual = deepEqual;
export const notDeepStrictEqual = notDeepEqual;

const methods = {
  AssertionError,
  ok,
  fail,
  equal,
  notEqual,
  deepEqual,
  notDeepEqual,
  match,
  doesNotMatch,
  throws,
  doesNotThrow,
  rejects,
  doesNotReject,
  strictEqual,
  notStrictEqual,
  deepStrictEqual,
  notDeepStrictEqual,
};

export const strict = new Proxy(
  Object.assign((value, message) => ok(value, message), methods),
  {
    get(target, key) {
      if (key === "strict") return strict;
      if (typeof key === "symbol" || key in target) return target[key];
      throw new Error(`assert.${key} is not in tools/browser/shims/assert.mjs: add it there`);
    },
  },
);
// biome-ignore lint/style/noDefaultExport: node:assert/strict has one
export default strict;
