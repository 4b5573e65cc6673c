// A test file in a worker of its own: there a program may block, so the pool's threads take part in synchronous calls.
import { runFile } from "./test.mjs";

globalThis.addEventListener("message", async ({ data }) => {
  if (typeof data?.runTests === "string") globalThis.postMessage({ testResults: await runFile(data.runTests) });
});
globalThis.postMessage({ testsReady: true });
