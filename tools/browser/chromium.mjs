// Finds a Chromium to test in: the one named by CHROME_PATH, one installed, one that Playwright has cached, or, for root on a
// Debian system, the distribution's package.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const places = [
  "/usr/lib/chromium/chromium",
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

function installed() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places];
  return candidates.find((path) => existsSync(path));
}

function cached() {
  const path = chromium.executablePath();
  return path !== "" && existsSync(path) ? path : undefined;
}

function fromDebian() {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return undefined;
  console.log("No Chromium found: installing the distribution's (apt-get install chromium) …");
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  /** @param {string[]} command */
  const apt = (command) =>
    spawnSync("apt-get", command, { env: environment, stdio: "ignore", timeout: 240_000 }).status === 0;
  const install = ["install", "-y", "--no-install-recommends", "chromium"];
  if (!apt(install)) {
    if (!apt(["update"]) || !apt(install)) return undefined;
  }
  return installed();
}

/** @returns {{ path: string } | { missing: string }} */
export function findChromium() {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && named !== "") {
    return existsSync(named) ? { path: named } : { missing: `CHROME_PATH names ${named}, which does not exist` };
  }
  const path = installed() ?? cached() ?? fromDebian();
  return path === undefined ? { missing: "no Chromium found; install one or name it in CHROME_PATH" } : { path };
}

/** @param {string} path */
export const launch = (path) =>
  chromium.launch({
    executablePath: path,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
