// Serves the built files to the page exactly as Node runs them: nothing is bundled, so a worker's module URL and an imported JSON
// file mean the same in both. A page cannot resolve bare module names (and a worker knows no import map), so those few are
// rewritten on the way out: the test runner and the assertions to the small stand-ins beside this file, the library's doors to
// their built indexes.
//
// Reference values: a test writes `import values from "../references/values.json" with { type: "json" };`. The compiler types
// it and copies it to dist, Node reads it, and the page fetches it from here.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { doors } from "../checks/doors.mjs";
import { root } from "../prepare.mjs";

/** @type {Record<string, string | undefined>} */
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
};

const standIns = new Map([
  ["node:test", "/tools/browser/shims/test.mjs"],
  ["node:assert/strict", "/tools/browser/shims/assert.mjs"],
  ["node:assert", "/tools/browser/shims/assert.mjs"],
]);

const bareImport = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'./][^"']*)\2/g;

/** @param {string} source @param {Map<string, string>} names */
const rewrite = (source, names) =>
  source.replace(bareImport, (whole, before, quote, name) => {
    const target = names.get(name);
    return target === undefined ? whole : `${before}${quote}${target}${quote}`;
  });

/**
 * @param {boolean} isolated with the two headers that make a page cross-origin isolated, so that it may share memory
 * @returns {Promise<{ origin: string, close: () => void }>}
 */
export async function serve(isolated) {
  const names = new Map([...standIns, ...doors().map(({ name, file }) => /** @type {const} */ ([name, `/${file}`]))]);
  const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
    const file = normalize(join(root, path === "/" ? "tools/browser/page.html" : path));
    const type = types[extname(file)];
    try {
      if (!file.startsWith(root.endsWith(sep) ? root : root + sep) || type === undefined) throw new Error("not served");
      const body = await readFile(file, "utf8");
      const content = type.startsWith("text/javascript") ? rewrite(body, names) : body;
      response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-cache", ...(isolated ? isolation : {}) });
      response.end(content);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain", ...(isolated ? isolation : {}) });
      response.end(`not found: ${path}`);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
