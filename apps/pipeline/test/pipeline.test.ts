import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { Program } from "../../../packages/kernel/test/process/program.ts";

// Processes, threads and files, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

interface Result {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The app in a process of its own, with folders of its own. */
class RunningPipeline implements AsyncDisposable {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "pawl-pipeline-"));
  readonly inbox: string = join(this.#folder, "inbox");
  readonly #results: string = join(this.#folder, "results.jsonl");
  readonly program: Program;

  /** @param before names of files that are there when it starts, with so many bytes each */
  constructor(before: readonly string[] = [], bytes = 100) {
    if (before.length > 0) mkdirSync(this.inbox);
    for (const name of before) {
      this.put(name);
      truncateSync(join(this.inbox, name), bytes);
    }
    this.program = new Program(new URL("../main.ts", import.meta.url), {
      env: { PORT: "0", INBOX: this.inbox, RESULTS: this.#results },
    });
  }

  /** Resolves when it listens. */
  async ready(): Promise<string> {
    const line = await this.program.errorLine(/listens on http/);
    return `http://127.0.0.1:${/http:[^ ]*:(\d+)/.exec(line)?.[1]}`;
  }

  put(name: string): void {
    writeFileSync(join(this.inbox, name), `what ${name} holds`);
  }

  get results(): Result[] {
    if (!existsSync(this.#results)) return [];
    const lines = readFileSync(this.#results, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Result);
  }

  /** The names of the files that were hashed, in alphabetical order. */
  get hashed(): string[] {
    return this.results.map(({ path }) => path.slice(this.inbox.length + 1)).toSorted();
  }

  async untilHashed(names: readonly string[]): Promise<void> {
    await vi.waitFor(() => expect(this.hashed).toEqual(names.toSorted()), { timeout: 20_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const files = (n: number) => Array.from({ length: n }, (_, i) => `file${i}.txt`);

describe("the pipeline", () => {
  test("hashes the files that are there and those that come, each once, and stops in order", async () => {
    await using pipeline = new RunningPipeline(["early.txt"]);
    const url = await pipeline.ready();
    for (const name of files(20)) pipeline.put(name);
    await pipeline.untilHashed(["early.txt", ...files(20)]);
    for (const { path, sha256, bytes } of pipeline.results) {
      const content = readFileSync(path);
      expect([bytes, sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
    }
    expect(await (await fetch(url)).json()).toEqual({
      inbox: pipeline.inbox,
      waiting: 0,
      written: 21,
      worker: { state: "running", restarts: 0 },
    });
    pipeline.program.signal("SIGINT");
    const { code, stderr, seconds } = await pipeline.program.ended;
    const stopped = [...stderr.matchAll(/"service":"([^"]+)","msg":"stopped/g)].map(([, path]) => path);
    expect(stopped).toEqual(["http", "status", "inbox", "hashing", "results"]);
    expect([code, seconds < 5]).toEqual([0, true]);
  });

  test("survives a file that crashes the worker: it is tried three times and told, the others are hashed", async () => {
    await using pipeline = new RunningPipeline();
    const url = await pipeline.ready();
    pipeline.put("damaged.crash");
    for (const name of files(10)) pipeline.put(name);
    await pipeline.program.errorLine(/"level":50.*"service":"hashing".*"msg":"queue \\"hash\\"/);
    await pipeline.untilHashed(files(10));
    const worker = async () => ((await (await fetch(url)).json()) as { worker: object }).worker;
    await vi.waitFor(async () => expect(await worker()).toEqual({ state: "running", restarts: 3 }), {
      timeout: 20_000,
    });
    pipeline.put("afterwards.txt");
    await pipeline.untilHashed([...files(10), "afterwards.txt"]);
    pipeline.program.signal("SIGTERM");
    const { code, stderr } = await pipeline.program.ended;
    expect(stderr.match(/"service":"hashing\/hash","msg":"is restarted/g)).toHaveLength(3);
    expect(code).toBe(0);
  });

  test("a stop works off what has come, and writes it", async () => {
    await using pipeline = new RunningPipeline(files(40), 4_000_000);
    const url = await pipeline.ready();
    const come = async () => {
      const { waiting, written } = (await (await fetch(url)).json()) as { waiting: number; written: number };
      return { waiting, all: waiting + written };
    };
    await vi.waitFor(async () => expect((await come()).all).toBe(40), { timeout: 20_000, interval: 5 });
    expect((await come()).waiting).toBeGreaterThan(0);
    pipeline.program.signal("SIGINT");
    const { code } = await pipeline.program.ended;
    expect(pipeline.hashed).toEqual(files(40).toSorted());
    expect(code).toBe(0);
  });

  test("says what is wrong with its settings", async () => {
    await using program = new Program(new URL("../main.ts", import.meta.url), { env: { PORT: "many" } });
    const { code, stderr } = await program.ended;
    expect([code, stderr]).toEqual([2, "PORT: a port is a whole number from 0 to 65535\n"]);
  });
});
