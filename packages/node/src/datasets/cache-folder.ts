/** Where files that can be fetched again are kept. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * `thalweg` in the user's cache folder: XDG_CACHE_HOME where it is set (XDG Base Directory Specification: only absolute paths count), else
 * LOCALAPPDATA on Windows, else ~/.cache.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "thalweg");
  if (process.platform === "win32" && local !== undefined && isAbsolute(local)) return join(local, "thalweg", "cache");
  return join(homedir(), ".cache", "thalweg");
}
