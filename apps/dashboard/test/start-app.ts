import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type Ended, Program } from "../../../packages/kernel/test/process/program.ts";

// A process of its own takes its time to start on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 });

/** The app, or a fixture that is made of its parts, in a process of its own, with an outbox and a port of its own. */
export class RunningApp implements AsyncDisposable {
  readonly program: Program;
  readonly outbox: string = mkdtempSync(join(tmpdir(), "pawl-outbox-"));

  constructor(file: string, env: Readonly<Record<string, string>> = {}) {
    this.program = new Program(new URL(file, import.meta.url), {
      env: { PORT: "0", EMAIL_SMTP_URL: "", EMAIL_OUTBOX: this.outbox, ...env },
    });
  }

  /** Where it listens; resolves when it does. */
  async url(path = ""): Promise<string> {
    const line = await this.program.errorLine(/listens on http/);
    const { port } = new URL(/http:[^"\s]+/.exec(line)?.[0] ?? "");
    return `http://127.0.0.1:${port}${path}`;
  }

  async json(path: string): Promise<unknown> {
    return await (await fetch(await this.url(path))).json();
  }

  /** Orders a pawl. */
  async order(order: Readonly<Record<string, unknown>> = {}): Promise<Response> {
    const body = JSON.stringify({ email: "ada@example.com", product: "pawl", ...order });
    return await fetch(await this.url("/orders"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    rmSync(this.outbox, { recursive: true, force: true });
  }
}

/** What it has logged: `service: message`, without the times. */
export function told({ stderr }: Ended): string[] {
  const records = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly service?: string; readonly msg: string });
  return records.map(({ service = "app", msg }) => `${service}: ${msg.replace(/ in [\d.]+m?s$/, "")}`);
}

/** The owner paths that were stopped, in order. */
export function stopped(ended: Ended): string[] {
  return told(ended).flatMap((line) => /^(\S+): stopped$/.exec(line)?.[1] ?? []);
}
