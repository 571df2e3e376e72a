import { writeSync } from "node:fs";

const descriptor = 2;
/** How long a reader that takes nothing is waited for, in milliseconds. */
const longestWait = 1_000;
const pause = 5;

/** Something that lines can be written to. */
export interface Destination {
  write(text: string): void;
}

/**
 * Standard error, written so that a line is out when `write` returns, and not lost where the process ends right after:
 * a stream would keep what its reader has not taken yet, and drop it. A reader that takes nothing for a second gets what
 * follows by way of the stream. Where nobody reads any more, nothing can be told, and lines are dropped.
 */
export const standardError: Destination = {
  write(text) {
    const { stderr } = process;
    // Behind what waits in the stream already, so that lines keep their order.
    if (stderr.writableLength > 0) {
      stderr.write(text);
      return;
    }
    const left = writeNow(Buffer.from(text));
    if (left.length > 0) stderr.write(left);
  },
};

/** Gives what could not be written. */
function writeNow(bytes: Buffer): Buffer {
  let left = bytes;
  let waited = 0;
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(descriptor, left));
      waited = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return left.subarray(left.length);
      if (waited >= longestWait) return left;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      waited += pause;
    }
  }
  return left;
}
