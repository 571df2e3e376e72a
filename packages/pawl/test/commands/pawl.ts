import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { vi } from "vitest";
import { type Ended, Program, type ProgramOptions } from "../../../kernel/test/process/program.ts";

// A process of its own takes its time to start on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 });

const bin = new URL("../../src/bin.ts", import.meta.url);

/** A directory of a test, with a place for control sockets, that is gone afterwards. */
export class Workplace implements Disposable {
  readonly path: string = realpathSync(mkdtempSync(join(tmpdir(), "pawl-test-")));
  /** What its programs have as `XDG_RUNTIME_DIR`. */
  readonly runtime: string = join(this.path, "run");

  constructor() {
    mkdirSync(this.runtime, { mode: 0o700 });
  }

  /** Writes a file; `import … from "pawl"` means the sources of this workspace. */
  write(file: string, text: string): string {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      text.replaceAll(/from "((?:pawl|@pawl\/)[^"]*)"/g, (_, name) => `from "${import.meta.resolve(name)}"`),
    );
    return path;
  }

  /** Starts `pawl …args` in a process of its own. */
  start(args: readonly string[], options: Omit<ProgramOptions, "args"> = {}): Program {
    return new Program(bin, {
      cwd: this.path,
      ...options,
      args,
      env: { XDG_RUNTIME_DIR: this.runtime, ...options.env },
    });
  }

  /** Starts a program that it has. */
  startFile(path: string): Program {
    return new Program(pathToFileURL(path), { cwd: this.path, env: { XDG_RUNTIME_DIR: this.runtime } });
  }

  /** Runs `pawl …args` until it ends. */
  async run(...args: readonly string[]): Promise<Ended & { readonly stdout: string }> {
    await using program = this.start(args);
    const ended = await program.ended;
    return { ...ended, stdout: program.stdout };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
