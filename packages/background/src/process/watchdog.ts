import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";

const shell = "/bin/sh";

// Knows the groups that it was given at its start, and reads "+ group" and "- group". The end of its input says that this
// process has ended, however: what is left in the groups then gets SIGTERM, and SIGKILL up to 5 s later.
const script = `
trap '' HUP INT QUIT TERM
groups=" $* "
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;; esac ;;
  esac
done
send() { for group in $groups; do kill "$1" "-$group" 2>/dev/null; done; }
runs() { for group in $groups; do kill -0 "-$group" 2>/dev/null && return 0; done; return 1; }
send -TERM
for second in 1 2 3 4 5; do runs || exit 0; sleep 1; done
send -KILL
`;

// One that ends sooner than this cannot run here.
const soon = 1_000;

/**
 * Sees to it that no child process outlives this process, also where that is ended by SIGKILL. A shell script at the
 * other end of a pipe knows the process groups of all children; the pipe closes when this process ends. It runs while
 * there are children, in a session of its own, and holds nothing open.
 */
class Watchdog {
  readonly #groups = new Set<number>();
  #holders = 0;
  #helper: ChildProcess | undefined;
  #startedAt = 0;

  /** Takes it up for one child that is about to start; false where there is none: on Windows, or without a shell. */
  hold(): boolean {
    if (!canGuard()) return false;
    this.#holders++;
    this.#helper ??= this.#start();
    return true;
  }

  /** Guards a process group. */
  guard(group: number): void {
    this.#groups.add(group);
    this.#tell(`+ ${group}`);
  }

  /** Ends what `hold` has begun; the last one ends the helper. */
  letGo(group: number | undefined): void {
    if (group !== undefined && this.#groups.delete(group)) this.#tell(`- ${group}`);
    if (--this.#holders > 0) return;
    const helper = this.#helper;
    this.#helper = undefined;
    helper?.stdin?.end();
  }

  #tell(line: string): void {
    this.#helper?.stdin?.write(`${line}\n`);
  }

  #start(): ChildProcess {
    this.#startedAt = performance.now();
    const helper = spawn(shell, ["-c", script, "pawl-watchdog", ...[...this.#groups].map(String)], {
      cwd: "/",
      // Nothing of this process's environment: it may hold secrets.
      env: { PATH: "/usr/bin:/bin" },
      stdio: ["pipe", "ignore", "ignore"],
      // ^C in a terminal reaches a whole group; this one has to outlive it.
      detached: true,
    });
    helper.unref();
    (helper.stdin as unknown as { unref(): void }).unref();
    // It may have been killed; `exit` tells.
    helper.stdin?.on("error", () => {});
    helper.once("error", () => this.#ended(helper));
    helper.once("exit", () => this.#ended(helper));
    return helper;
  }

  /** Somebody has killed it: the children are still to be guarded. */
  #ended(helper: ChildProcess): void {
    if (helper !== this.#helper) return;
    this.#helper = undefined;
    if (performance.now() - this.#startedAt >= soon) this.#helper = this.#start();
  }
}

function canGuard(): boolean {
  if (process.platform === "win32") return false;
  try {
    accessSync(shell, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One for all children of this process. */
export const watchdog: Watchdog = new Watchdog();
