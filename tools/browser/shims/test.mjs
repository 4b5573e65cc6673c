// The part of node:test that the library's tests use, for a page or a worker: test, it, describe, subtests, hooks, skip and todo.
// Nodes are collected while the file is imported; `runCollected` then runs them in order, one at a time.

const defaultTimeout = 60_000;

/** @param {string} name @param {any} options @param {any} body */
function node(kind, name, options, body) {
  return { kind, name, options, body, children: [], hooks: { before: [], after: [], beforeEach: [], afterEach: [] } };
}

const root = node("suite", "", {}, undefined);
let current = root;

/** node:test allows any of (name, options, body) to be left out. */
function split(args) {
  const body = args.find((value) => typeof value === "function");
  const options = args.find((value) => typeof value === "object" && value !== null) ?? {};
  const name = typeof args[0] === "string" ? args[0] : (body?.name ?? "");
  return { name: name === "" ? "<anonymous>" : name, options, body };
}

/** @param {"test" | "suite"} kind @param {object} forced */
const collector =
  (kind, forced = {}) =>
  (...args) => {
    const { name, options, body } = split(args);
    current.children.push(node(kind, name, { ...options, ...forced }, body));
  };

const withVariants = (kind) =>
  Object.assign(collector(kind), { skip: collector(kind, { skip: true }), todo: collector(kind, { todo: true }) });

export const test = Object.assign(withVariants("test"), {});
export const it = test;
export const describe = withVariants("suite");
export const suite = describe;

const hook = (moment) => (body) => {
  current.hooks[moment].push(body);
};
export const before = hook("before");
export const after = hook("after");
export const beforeEach = hook("beforeEach");
export const afterEach = hook("afterEach");

Object.assign(test, { test, it, describe, suite, before, after, beforeEach, afterEach });
// biome-ignore lint/style/noDefaultExport: node:test has one
export default test;

/** @param {() => unknown} body @param {number} milliseconds */
async function within(body, milliseconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([(async () => body())(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const message = (error) => {
  if (!(error instanceof Error)) return String(error);
  return error.stack?.includes(error.message) ? error.stack : `${error.name}: ${error.message}\n${error.stack}`;
};

/** Runs one test with its subtests, which `t.test` starts at once. @returns {Promise<boolean>} whether it passed */
async function runTest(item, path, around, report) {
  const name = [...path, item.name].join(" > ");
  if (item.options.skip || item.options.todo || item.body === undefined) {
    report({ name, outcome: "skipped" });
    return true;
  }
  let skipped = false;
  let childFailed = false;
  const own = { before: [], after: [], beforeEach: [], afterEach: [] };
  const context = {
    name: item.name,
    signal: new AbortController().signal,
    diagnostic: (text) => console.log(text),
    skip: () => {
      skipped = true;
    },
    todo: () => {
      skipped = true;
    },
    before: (body) => body(),
    after: (body) => own.after.push(body),
    beforeEach: (body) => own.beforeEach.push(body),
    afterEach: (body) => own.afterEach.push(body),
    test: async (...args) => {
      const { name: childName, options, body } = split(args);
      const passed = await runTest(node("test", childName, options, body), [...path, item.name], [own], report);
      if (!passed) childFailed = true;
    },
  };
  let failure;
  try {
    for (const hooks of around) for (const body of hooks.beforeEach) await body(context);
    await within(() => item.body(context), item.options.timeout ?? defaultTimeout);
  } catch (error) {
    failure = error ?? new Error("the test threw nothing in particular");
  }
  try {
    for (const body of own.after) await body(context);
    for (const hooks of [...around].reverse()) for (const body of hooks.afterEach) await body(context);
  } catch (error) {
    failure ??= error;
  }
  if (failure !== undefined) report({ name, outcome: "failed", error: message(failure) });
  else if (!childFailed) report({ name, outcome: skipped ? "skipped" : "passed" });
  return failure === undefined && !childFailed;
}

async function runSuite(item, path, around, report) {
  const here = item === root ? path : [...path, item.name];
  if (item.options.skip || item.options.todo) {
    report({ name: here.join(" > "), outcome: "skipped" });
    return;
  }
  try {
    if (item.body !== undefined) {
      const outer = current;
      current = item;
      try {
        await item.body({ name: item.name });
      } finally {
        current = outer;
      }
    }
    for (const body of item.hooks.before) await body();
    for (const child of item.children) {
      if (child.kind === "suite") await runSuite(child, here, [...around, item.hooks], report);
      else await runTest(child, here, [...around, item.hooks], report);
    }
    for (const body of item.hooks.after) await body();
  } catch (error) {
    report({ name: here.join(" > ") || "the file", outcome: "failed", error: message(error) });
  }
}

/**
 * Imports one test file and runs what it declares.
 * @param {string} url
 * @returns {Promise<{ name: string, outcome: "passed" | "failed" | "skipped", error?: string }[]>}
 */
export async function runFile(url) {
  const results = [];
  // What nobody awaited fails the file, as it does in Node. A worker's page must not hear of it a second time.
  const stray = (error) => results.push({ name: "outside any test", outcome: "failed", error: message(error) });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    stray(event.error ?? event.message);
  });
  globalThis.addEventListener("unhandledrejection", (event) => stray(event.reason));
  try {
    await import(url);
  } catch (error) {
    results.push({ name: "the file could not be loaded", outcome: "failed", error: message(error) });
    return results;
  }
  await runSuite(root, [], [], (result) => results.push(result));
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (results.length === 0) results.push({ name: "the file", outcome: "failed", error: "holds no test" });
  return results;
}
