import { type Queue, queue, type WorkerHandle, worker } from "@pawl/background";
import { NotRunningError, RetryLater, Service } from "pawl";

/** A file and its sum. */
export interface Hashed {
  readonly path: string;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Hashes files in a worker thread, one at a time. A file that kills the thread is tried three times. */
export class Hashing extends Service {
  #thread!: WorkerHandle<typeof import("../hash.ts")>;
  #files!: Queue<string>;

  override async onStart(): Promise<void> {
    this.#thread = await worker<typeof import("../hash.ts")>(this, new URL("../hash.ts", import.meta.url), {
      maxRestarts: 30,
      within: "1m",
    });
    // One at a time, so that a file which kills the thread takes no other with it. Any number may wait: a path is small.
    this.#files = queue(this, this.hash, {
      capacity: Number.POSITIVE_INFINITY,
      attempts: 3,
      backoff: "500ms",
    });
    this.listen("file:arrived", ({ path }) => void this.#files.push(path));
  }

  get waiting(): number {
    return this.#files.size + this.#files.running;
  }

  async hash(path: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    try {
      const sum = await this.#thread.with({ signal, timeout: "1m" }).hash(path);
      this.emit("file:hashed", { path, ...sum });
    } catch (error) {
      // The thread is being restarted: that is not this file's fault, and no try of it.
      if (error instanceof NotRunningError) throw new RetryLater("200ms", error);
      throw new Error(`${path} could not be hashed`, { cause: error });
    }
  }
}
