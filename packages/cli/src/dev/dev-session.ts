import { relative } from "node:path";
import { DevChild, type DevEnd } from "./dev-child.ts";
import { SourceWatch } from "./source-watch.ts";

/** Why a run of the app is over, or is to be. */
type Cause = { readonly changed: string } | { readonly ended: DevEnd } | "interrupted";

/**
 * Runs an app, and runs it anew when one of its sources changes: the old run is stopped fully first, so that ports and
 * files are free again. One that ends by itself is run again with the next change.
 */
export class DevSession {
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #tell: (text: string) => void;
  readonly #interrupted = Promise.withResolvers<"interrupted">();
  #child: DevChild | undefined;

  constructor(file: string, args: readonly string[], tell: (text: string) => void) {
    this.#file = file;
    this.#args = args;
    this.#tell = tell;
  }

  /** Ends the session when the app has stopped; asked for once more, the app is killed. */
  interrupt(isSecond: boolean): void {
    this.#interrupted.resolve("interrupted");
    if (isSecond) this.#child?.kill();
  }

  /** Gives the exit code of the last run. */
  async run(): Promise<number> {
    const watch = new SourceWatch();
    try {
      watch.add(this.#file);
      for (;;) {
        watch.clear();
        const child = new DevChild(this.#file, this.#args, (file) => watch.add(file));
        this.#child = child;
        const changed = watch.changed().then((file) => ({ changed: file }));
        const ended = child.ended.then((end) => ({ ended: end }));
        let cause: Cause = await Promise.race([changed, ended, this.#interrupted.promise]);
        if (cause !== "interrupted" && "ended" in cause) {
          // What was never up has said itself what is wrong with its source.
          const isBroken = !child.isUp && cause.ended.code === 1;
          this.#tell(isBroken ? "waiting for a change" : `${inWords(cause.ended)}; waiting for a change`);
          cause = await Promise.race([changed, this.#interrupted.promise]);
        }
        if (cause !== "interrupted" && "changed" in cause) this.#tell(`${relative("", cause.changed)} has changed`);
        const end = await child.stop(this.#tell);
        // What was no app yet has ended by the signal that it was sent.
        if (cause === "interrupted") return end.code ?? (end.signal === "SIGTERM" ? 0 : 1);
      }
    } finally {
      watch[Symbol.dispose]();
    }
  }
}

function inWords({ code, signal }: DevEnd): string {
  return signal === null ? `the app has ended with exit code ${code}` : `the app was ended by ${signal}`;
}
