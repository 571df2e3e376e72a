import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type Ended, Program } from "../../../packages/kernel/test/process/program.ts";
import type { ShopOrder } from "../services/shop.ts";
import { DatabaseReader } from "./database-reader.ts";

// Four processes, on a machine that may be busy.
const longest = 120_000;
vi.setConfig({ testTimeout: longest });

/** The whole app, or one of its processes, with a folder and a port of its own. */
export class RunningOrders implements AsyncDisposable {
  program: Program;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "pawl-orders-"));
  readonly outbox: string = join(this.#folder, "outbox");
  readonly #database: string;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#database = env.DATABASE_URL ?? `sqlite:${join(this.#folder, "orders.db")}`;
    this.#env = {
      PORT: "0",
      DATABASE_URL: this.#database,
      MESSAGES_URL: "",
      JOBS_URL: "",
      EMAIL_SMTP_URL: "",
      EMAIL_OUTBOX: this.outbox,
      PACKING_TIME: "50ms",
      PACKING_LEASE: "1s",
      ...env,
    };
    this.program = this.#begin();
  }

  /** Starts it once more, where it has ended. */
  again(): void {
    this.program = this.#begin();
  }

  #begin(): Program {
    return new Program(new URL("../main.ts", import.meta.url), { env: this.#env, longest });
  }

  /** Where it listens; resolves when all three are up. */
  async url(path = ""): Promise<string> {
    await this.program.errorLine(/"msg":"orders started/);
    const line = await this.program.errorLine(/listens on http/);
    return `http://127.0.0.1:${new URL(/http:[^"\s]+/.exec(line)?.[0] ?? "").port}${path}`;
  }

  async order(order: Readonly<Record<string, unknown>> = {}): Promise<ShopOrder> {
    const answer = await fetch(await this.url("/orders"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ada@example.com", product: "pawl", ...order }),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    return (await answer.json()) as ShopOrder;
  }

  async untilCompleted({ id }: ShopOrder): Promise<void> {
    const url = await this.url(`/orders/${id}`);
    await vi.waitUntil(async () => ((await (await fetch(url)).json()) as ShopOrder).state === "completed", {
      timeout: 60_000,
    });
  }

  /** The names of the mails in the outbox; one that is being written is none yet. */
  get mails(): string[] {
    return readdirSync(this.outbox)
      .filter((name) => !name.endsWith(".part"))
      .toSorted();
  }

  async untilMailed(orders: readonly ShopOrder[]): Promise<void> {
    await vi.waitUntil(() => this.mails.length >= orders.length, { timeout: 60_000 });
  }

  /** How many there are of what stands behind FROM. */
  async count(from: string): Promise<number> {
    await using database = await DatabaseReader.open(this.#database);
    return await database.count(from);
  }

  /** How many pieces were packed of a product. */
  async packed(product: string): Promise<number> {
    await using database = await DatabaseReader.open(this.#database);
    const [row] = await database.rows(`SELECT pieces FROM packed WHERE product = '${product}'`);
    return Number(row?.pieces ?? 0);
  }

  /** Kills one of the three processes, as where it has run out of memory. */
  async kill(part: "web" | "worker" | "mailer"): Promise<void> {
    const line = await this.program.errorLine(new RegExp(`"service":"${part}","msg":"runs as process \\d+"`));
    process.kill(Number(/process (\d+)/.exec(line)?.[1]), "SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What it has logged: `service: message`. */
export function told({ stderr }: Pick<Ended, "stderr">): string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly service?: string; readonly msg: string })
    .map(({ service = "app", msg }) => `${service}: ${msg.replace(/ in [\d.]+m?s$/, "")}`);
}
