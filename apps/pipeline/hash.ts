import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** Runs in a worker thread: the SHA-256 of a file, in hexadecimal, and its size in bytes. */
export async function hash(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  // For the demonstration: what a damaged file and a native library can do to their process.
  if (path.endsWith(".crash")) process.exit(1);
  const sum = createHash("sha256");
  let bytes = 0;
  await pipeline(
    createReadStream(path),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    },
    sum,
  );
  return { sha256: sum.digest("hex"), bytes };
}
