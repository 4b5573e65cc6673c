/** Small files from the web, whole and as expected or not at all. */
import { createHash } from "node:crypto";

export interface DownloadOptions {
  /** Of the whole transfer, in milliseconds. Default: 20,000. */
  readonly timeout?: number;
  /** Default: 32 MB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** Why there is no file: no network, an answer that is no file, too slow, too large, or other bytes than expected. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

/**
 * The bytes at `url`, when their SHA-256 is `sha256`. Never waits longer than the timeout.
 *
 * @throws DownloadError with the reason in words; the reason of `signal` when that is aborted.
 */
export async function download(url: string, sha256: string, options: DownloadOptions = {}): Promise<Uint8Array> {
  const { timeout = 20_000, maxBytes = 32 << 20, signal } = options;
  const limit = AbortSignal.timeout(timeout);
  const bytes = await transfer(url, maxBytes, signal === undefined ? limit : AbortSignal.any([limit, signal])).catch(
    (error: unknown) => {
      signal?.throwIfAborted();
      if (error instanceof DownloadError) throw error;
      if (limit.aborted) throw new DownloadError(`no complete answer within ${timeout / 1000} s`);
      throw new DownloadError(reason(error));
    },
  );
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new DownloadError(`the file has another checksum than expected (SHA-256 ${found})`);
  return bytes;
}

async function transfer(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, { signal, redirect: "follow" });
  if (!response.ok) throw new DownloadError(`the server answered ${response.status} ${response.statusText}`.trim());
  if (response.body === null) throw new DownloadError("the server sent nothing");
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as ReadableStream<Uint8Array>) {
    size += part.length;
    if (size > maxBytes) throw new DownloadError(`the file is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** fetch wraps what happened: "fetch failed" alone helps nobody. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = "code" in cause ? String(cause.code) : "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the name of the server cannot be resolved (offline?)";
  return cause.message === "" ? code : cause.message;
}
