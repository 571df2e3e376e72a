import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";

/** Whether there is a server to test against. */
export const hasServer: boolean = (() => {
  try {
    execFileSync("nats-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("nats-server is not installed: the tests that need a NATS server are SKIPPED\n");
    return false;
  }
})();

/** A server of a test's own, with a store that outlives its restarts. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory = mkdtempSync(join(tmpdir(), "pawl-nats-"));
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, flags: readonly string[]) {
    this.port = port;
    this.#flags = flags;
  }

  /** @param flags `-js` by default: with JetStream */
  static async start(flags: readonly string[] = ["-js"]): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), flags);
    await server.run();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it again, where it was killed. */
  async run(): Promise<void> {
    const { port } = this;
    this.#child = spawn("nats-server", ["-a", "127.0.0.1", "-p", `${port}`, "-sd", this.#directory, ...this.#flags], {
      stdio: "ignore",
    });
    for (;;) {
      try {
        const connection = await connect({ servers: this.url, timeout: 500, ...credentials(this.#flags) });
        await connection.close();
        return;
      } catch {
        if (this.#child.exitCode !== null) throw new Error(`nats-server ended with ${this.#child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  /** Sends a signal, and leaves it at that: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Forgets everything that it kept. It has to be down. */
  forget(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.forget();
  }
}

function credentials(flags: readonly string[]): { readonly user?: string; readonly pass?: string } {
  const value = (flag: string) => flags[flags.indexOf(flag) + 1];
  return flags.includes("--user") ? { user: value("--user") ?? "", pass: value("--pass") ?? "" } : {};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
