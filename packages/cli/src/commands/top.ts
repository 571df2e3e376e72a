import type { KernelSnapshot } from "@pawl/kernel";
import type { Target } from "../control/control-client.ts";
import { callAction, Unreachable, usualPatience } from "../control/control-client.ts";
import { type AppStatus, findApp, isAddress, runningApps, statusOf } from "../control/running-apps.ts";
import { Terminal } from "../top/terminal.ts";
import { type Look, type TopRow, topRows } from "../top/top-rows.ts";
import { type TopOrder, type TopView, topScreen } from "../top/top-screen.ts";
import { type Command, durationOption } from "./command.ts";
import { print } from "./output.ts";

const hint = "q quit  t tree  r by rate  e by errors  ↑↓ scroll";
/** Lines of a picture that are no rows. */
const aboveRows = 3;

export const top: Command = {
  name: "top",
  usage: "[app]",
  summary: "shows what the services of an app are at, again and again",
  details: `Rates are of the time between two looks. It goes on when the app has gone, and with the one of the same name that
comes after it. Where its output is no terminal it looks twice and prints one picture.`,
  options: {
    every: { type: "string", short: "n", value: "duration", help: "the time between two looks (1s)" },
    once: { type: "boolean", short: "1", help: "looks twice, prints one picture, and ends" },
  },
  operands: { min: 0, max: 1 },
  async run(invocation) {
    const every = durationOption(top, invocation, "every") ?? 1_000;
    const [which] = invocation.operands;
    const target = await findApp(which);
    const first = await look(target);
    if (invocation.options["once"] || !process.stdout.isTTY) {
      await pause(every);
      const second = await look(target);
      const rows = topRows(second, first);
      const all = {
        order: "tree",
        from: 0,
        colours: false,
        width: Number.POSITIVE_INFINITY,
        height: rows.length,
      } as const;
      print(
        topScreen(second.status, rows, { ...all, hint: "" })
          .filter((line) => line !== "")
          .join("\n"),
      );
      return 0;
    }
    await new Top(target, first, every).untilQuit();
    return 0;
  },
};

interface FullLook extends Look {
  readonly status: AppStatus;
}

async function look(target: Target): Promise<FullLook> {
  const [status, snapshot] = await Promise.all([
    statusOf(target),
    callAction(target, "pawl.tree", undefined, usualPatience) as Promise<KernelSnapshot>,
  ]);
  return { status, snapshot, at: Date.now() };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The pictures on a terminal, until `q` or ^C. */
class Top {
  #target: Target;
  #look: FullLook;
  #rows: readonly TopRow[];
  #hint = hint;
  #order: TopOrder = "tree";
  #from = 0;
  readonly #every: number;
  readonly #quit: PromiseWithResolvers<void> = Promise.withResolvers();
  #isOver = false;
  #terminal: Terminal | undefined;

  constructor(target: Target, first: FullLook, every: number) {
    this.#target = target;
    this.#look = first;
    this.#rows = topRows(first, undefined);
    this.#every = every;
  }

  async untilQuit(): Promise<void> {
    const terminal = new Terminal((key) => this.#press(key));
    this.#terminal = terminal;
    const draw = () => this.#draw();
    const end = () => this.#end();
    process.stdout.on("resize", draw);
    process.once("SIGTERM", end);
    process.once("SIGINT", end);
    try {
      this.#draw();
      while (!this.#isOver) {
        await Promise.race([pause(this.#every), this.#quit.promise]);
        if (this.#isOver) break;
        await this.#lookAgain();
        this.#draw();
      }
    } finally {
      process.stdout.off("resize", draw);
      process.off("SIGTERM", end);
      process.off("SIGINT", end);
      terminal.dispose();
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#quit.resolve();
  }

  async #lookAgain(): Promise<void> {
    try {
      const next = await look(this.#target);
      this.#rows = topRows(next, this.#look);
      this.#look = next;
      this.#hint = hint;
    } catch (error) {
      this.#hint = `${(error as Error).message}  –  q quit`;
      if (error instanceof Unreachable) await this.#findNext();
    }
  }

  /** The app of the same name that came after it. */
  async #findNext(): Promise<void> {
    if (this.#target.url && isAddress(this.#target.label)) return;
    const { name } = this.#look.status;
    const next = (await runningApps()).find((app) => app.name === name && app.status !== undefined);
    if (next) this.#target = next.target;
    else this.#hint = `${name} has gone; waiting for it to come back  –  q quit`;
  }

  #press(key: string): void {
    const page = Math.max(1, this.#height);
    const keys: Readonly<Record<string, () => void>> = {
      q: () => this.#end(),
      "\x03": () => this.#end(),
      "\x1b": () => this.#end(),
      t: () => this.#sortBy("tree"),
      r: () => this.#sortBy("rate"),
      e: () => this.#sortBy("errors"),
      "\x1b[A": () => this.#scroll(-1),
      "\x1b[B": () => this.#scroll(1),
      "\x1b[5~": () => this.#scroll(-page),
      "\x1b[6~": () => this.#scroll(page),
      "\x1b[H": () => this.#scroll(Number.NEGATIVE_INFINITY),
      "\x1b[F": () => this.#scroll(Number.POSITIVE_INFINITY),
    };
    keys[key]?.();
    if (!this.#isOver) this.#draw();
  }

  #sortBy(order: TopOrder): void {
    this.#order = order;
    this.#from = 0;
  }

  #scroll(by: number): void {
    const last = Math.max(0, this.#rows.length - this.#height);
    this.#from = Math.min(last, Math.max(0, this.#from + by));
  }

  get #height(): number {
    return Math.max(1, (this.#terminal?.height ?? 24) - aboveRows);
  }

  #draw(): void {
    const terminal = this.#terminal;
    if (!terminal) return;
    this.#scroll(0);
    const view: TopView = {
      order: this.#order,
      from: this.#from,
      colours: !process.env["NO_COLOR"],
      width: terminal.width,
      height: this.#height,
      hint: this.#hint,
    };
    terminal.draw(topScreen(this.#look.status, this.#rows, view));
  }
}
