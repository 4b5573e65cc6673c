import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { cacheFolder, californiaHousing } from "@thalweg/node";
import { temporaryFolder } from "./temporary-folder.js";

const { THALWEG_DATA: data } = process.env;

/** A server on this machine that answers as told; its address. */
async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cal_housing.tgz`;
}

function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(content.length.toString(8).padStart(11, "0"), 124);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  const folder = Buffer.alloc(512);
  folder.write("CaliforniaHousing/", 0);
  folder.write("00000000000\0", 124);
  folder.write("5", 156);
  return Buffer.concat([folder, header, content, padding, Buffer.alloc(1024)]);
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const needsData = { skip: (data === undefined || data === "") && "THALWEG_DATA is not set" };

test("the folder THALWEG_DATA names is taken first", needsData, async (t) => {
  const cache = await temporaryFolder(t);
  const found = await californiaHousing({ cache, sources: [] });
  assert.ok(found.table !== undefined);
  assert.equal(found.from, "folder");
  assert.equal(found.table.rowCount, 20_640);
});

test("the StatLib file gives the same table as the derived one", needsData, async (t) => {
  const folder = await temporaryFolder(t);
  await copyFile(join(data ?? "", "cal_housing.data"), join(folder, "cal_housing.data"));
  const cache = await temporaryFolder(t);
  const raw = await californiaHousing({ folder, cache, sources: [] });
  const derived = await californiaHousing({ cache, sources: [] });
  assert.ok(raw.table !== undefined && derived.table !== undefined);
  assert.deepEqual(raw.table, derived.table);
});

test("a copy in the cache counts only when it is the file that the archive holds", needsData, async (t) => {
  const cache = await temporaryFolder(t);
  const content = await readFile(join(data ?? "", "cal_housing.data"), "utf8");
  await writeFile(join(cache, "cal_housing.data"), content);
  const whole = await californiaHousing({ folder: undefined, cache, sources: [] });
  assert.ok(whole.table !== undefined && whole.from === "cache");
  // One digit of a column whose mean nothing else looks at.
  await writeFile(
    join(cache, "cal_housing.data"),
    content.replace("-122.230000,37.880000,41", "-122.230000,37.880000,42"),
  );
  const changed = await californiaHousing({ folder: undefined, cache, sources: [] });
  assert.ok(changed.table === undefined);
  assert.match(changed.tried.at(-1) ?? "", /cal_housing\.data: this copy is not the file that the archive holds/);
});

test("a copy in a named folder is taken as it is, and its differences are told", needsData, async (t) => {
  const [folder, cache] = [await temporaryFolder(t), await temporaryFolder(t)];
  const content = await readFile(join(data ?? "", "california_housing.csv"), "utf8");
  const copy = (text: string): Promise<void> => writeFile(join(folder, "california_housing.csv"), text);
  const take = () => californiaHousing({ folder, cache, sources: [] });
  await copy(content.replaceAll("\n", "\r\n"));
  const same = await take();
  assert.ok(same.table !== undefined);
  assert.deepEqual(same.notes, []);
  const lines = content.split("\n");
  await copy([lines[0], lines[1]?.replace(",41.0,", ",42.0,"), ...lines.slice(2)].join("\n"));
  const changed = await take();
  assert.ok(changed.table !== undefined && changed.from === "folder");
  assert.match(changed.notes.join(), /the values of HouseAge differ from the StatLib file/);
  await copy([lines[0], ...lines.slice(2), lines[1]].join("\n"));
  const mixed = await take();
  assert.ok(mixed.table === undefined);
  assert.match(mixed.tried[0] ?? "", /this is not California Housing/);
});

test("a download is unpacked, kept, and taken from the cache the next time", needsData, async (t) => {
  const content = await readFile(join(data ?? "", "cal_housing.data"));
  const archive = gzipSync(tarOf("CaliforniaHousing/cal_housing.data", content));
  let requests = 0;
  const url = await serve(t, (_, response) => {
    requests += 1;
    response.end(archive);
  });
  const cache = join(await temporaryFolder(t), "new");
  const options = { folder: undefined, cache, sources: [{ url, sha256: sha256(archive) }] };
  const first = await californiaHousing(options);
  assert.ok(first.table !== undefined && first.from === "download");
  const second = await californiaHousing(options);
  assert.ok(second.table !== undefined && second.from === "cache");
  assert.deepEqual(second.table, first.table);
  assert.equal(requests, 1);
  assert.deepEqual(await readdir(cache), ["cal_housing.data"]);
});

test("every failure is told and leaves nothing in the cache", async (t) => {
  const good = gzipSync(tarOf("x/cal_housing.data", Buffer.from("1,2,3,4,5,6,7,8,9\n")));
  const empty = gzipSync(tarOf("x/other", Buffer.from("a")));
  const answers: Record<string, Uint8Array> = {
    "/few.tgz": good,
    "/none.tgz": empty,
    "/junk.tgz": Buffer.from("junk"),
  };
  const url = await serve(t, ({ url: path = "" }, response) => {
    const body = answers[path];
    if (path === "/slow.tgz") response.write("begun");
    else if (path === "/cut.tgz") {
      response.writeHead(200, { "content-length": "1000" });
      response.write("begun");
      setTimeout(() => response.destroy(), 20);
    } else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  const at = (path: string, bytes: Uint8Array) => ({ url: new URL(path, url).href, sha256: sha256(bytes) });
  const cache = await temporaryFolder(t);
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "cal_housing.data"), "1,2,3\n");
  const result = await californiaHousing({
    folder,
    cache,
    timeout: 300,
    sources: [
      at("/slow.tgz", good),
      at("/cut.tgz", good),
      at("/missing.tgz", good),
      at("/few.tgz", empty),
      at("/none.tgz", empty),
      at("/junk.tgz", Buffer.from("junk")),
      { url: "http://127.0.0.1:9/none", sha256: "" },
    ],
  });
  assert.ok(result.table === undefined);
  const expected = [
    /california_housing\.csv: there is no such file/,
    /cal_housing\.data: 9 names are given for 3 columns/,
    /cal_housing\.data: there is no such file/,
    /slow\.tgz: no complete answer within 0\.3 s/,
    /cut\.tgz: /,
    /missing\.tgz: the server answered 404/,
    /few\.tgz: the file has another checksum/,
    /none\.tgz: the archive does not hold cal_housing\.data/,
    /junk\.tgz: the archive cannot be unpacked/,
    /127\.0\.0\.1:9/,
  ];
  assert.equal(result.tried.length, expected.length, result.tried.join("\n"));
  expected.forEach((pattern, i) => {
    assert.match(result.tried[i] ?? "", pattern);
  });
  assert.deepEqual(await readdir(cache), []);
});

test("an archive with other rows is not believed", async (t) => {
  const archive = gzipSync(tarOf("x/cal_housing.data", Buffer.from("1,2,3,4,5,6,7,8,9\n")));
  const url = await serve(t, (_, response) => response.end(archive));
  const cache = await temporaryFolder(t);
  const result = await californiaHousing({ folder: undefined, cache, sources: [{ url, sha256: sha256(archive) }] });
  assert.ok(result.table === undefined);
  assert.match(result.tried.at(-1) ?? "", /not California Housing: it has 1 rows/);
  assert.deepEqual(await readdir(cache), []);
});

test("being told to stop is not a failed download", async (t) => {
  const url = await serve(t, () => {});
  const abort = new AbortController();
  const cache = await temporaryFolder(t);
  setTimeout(() => abort.abort(new Error("stopped by the user")), 50);
  await assert.rejects(
    californiaHousing({ folder: undefined, cache, sources: [{ url, sha256: "" }], signal: abort.signal }),
    /stopped by the user/,
  );
});

test("the cache follows the system's convention", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "c"));
  assert.equal(cacheFolder({ XDG_CACHE_HOME: join(folder, "c") }), join(folder, "c", "thalweg"));
  assert.notEqual(cacheFolder({ XDG_CACHE_HOME: "relative" }), join("relative", "thalweg"));
});
