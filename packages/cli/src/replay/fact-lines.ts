import type { RecordedFact } from "@pawl/diagnostics";
import { type Fact, formatDuration, type LogFn, type Logger, silentLogger } from "@pawl/kernel";
import { type Lateness, LifecycleLog } from "../logs/lifecycle-log.ts";
import { errorLines } from "./culprit.ts";

/** One recorded fact as a person reads it. */
export interface FactLine {
  readonly fact: RecordedFact;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
  /** Lines that follow it: a stack, where that has not been shown before. */
  readonly more: readonly string[];
}

/**
 * What each fact says, in the words of the lifecycle log where that has some.
 *
 * @param told the stacks that have been shown before, as of {@link errorLines}
 */
export function factLines(facts: readonly RecordedFact[], told: Set<string> = new Set()): readonly FactLine[] {
  const words = new RecordedWords();
  return facts.map((fact) => {
    const { level, text } = words.of(fact);
    if (fact["error"] === undefined) return { fact, level, text, more: [] };
    const [first, ...more] = errorLines(fact["error"], told);
    return { fact, level, text: `${text}: ${first}`, more };
  });
}

type Words = Pick<FactLine, "level" | "text">;

class RecordedWords {
  readonly #said: Words[] = [];
  readonly #log = new LifecycleLog(this.#listener(), new StillRunning(), false);

  of(fact: RecordedFact): Words {
    this.#said.length = 0;
    try {
      this.#log.take(fact as unknown as Fact);
    } catch {
      // A record of another version of the app may lack what the words are made of.
      return plainWords(fact);
    }
    const [said] = this.#said;
    return said ?? plainWords(fact);
  }

  #listener(path?: string): Logger {
    const say =
      (level: Words["level"]): LogFn =>
      (...args: readonly unknown[]) => {
        const text = String(args.at(-1));
        this.#said.push({ level, text: path === undefined ? text : `${path}: ${text}` });
      };
    return {
      ...silentLogger,
      debug: say("debug"),
      info: say("info"),
      warn: say("warn"),
      error: say("error"),
      child: (bindings) => this.#listener(bindings["service"] as string | undefined),
    };
  }
}

/** Who had begun and not ended. */
class StillRunning implements Lateness {
  readonly #paths = new Set<string>();

  begin(_step: "start" | "stop", path = ""): void {
    if (path !== "") this.#paths.add(path);
  }

  end(path = ""): void {
    this.#paths.delete(path);
  }

  stop(): void {
    this.#paths.clear();
  }

  get stillRunning(): string {
    return [...this.#paths].join(", ") || "nothing that is known";
  }
}

function plainWords({ seq: _, at: __, kind, path, label, error, ms, ...fields }: RecordedFact): Words {
  const who = path === undefined ? "" : `${String(path)}: `;
  if (kind === "crash") return { level: "error", text: `${who}crashed` };
  if (kind === "error") return { level: "error", text: `${who}error in ${String(label)}` };
  const shown = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const of = label === undefined ? "" : ` ${String(label)}`;
  const lasting = typeof ms === "number" ? ` in ${formatDuration(ms)}` : "";
  return { level: error === undefined ? "debug" : "warn", text: `${who}${kind}${of}${shown.join("")}${lasting}` };
}
