import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** The program that runs, as far as its command line tells. */
export interface Program {
  /** How it was called: `node main.ts`, `pawl run main.ts`, or the name of its command. */
  readonly call: string;
  /** `shop 1.2.0`, from the package.json nearest to the main file; undefined where there is none. */
  readonly version: string | undefined;
}

// A symbol of all copies of this package: the command may come from another than the app.
const calledAsKey = Symbol.for("pawl.calledAs");
const shared = globalThis as { [calledAsKey]?: string };

/** Says how people have called the program that this process runs, where that was not `node file`: `pawl run main.ts`. */
export function calledAs(call: string): void {
  shared[calledAsKey] = call;
}

export function programOf(mainFile: string | undefined, folder: string): Program {
  if (mainFile === undefined) return { call: "node", version: undefined };
  const isScript = /\.[cm]?[jt]sx?$/.test(mainFile);
  const near = relative(folder, mainFile);
  const path = near === "" || near.startsWith("..") ? mainFile : near;
  const call = shared[calledAsKey] ?? (isScript ? `node ${path}` : basename(mainFile));
  return { call, version: versionNear(real(mainFile)) };
}

function versionNear(file: string): string | undefined {
  const { name, version } = packageNear(file);
  return version === undefined ? name : `${name} ${version}`;
}

/** The name and the version in the package.json nearest to `file`, and where it is; nothing where there is none. */
function packageNear(file: string): {
  readonly name?: string;
  readonly version?: string;
  readonly folder?: string;
} {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = packageIn(folder);
    // A package.json that only says the type of its modules is passed over.
    if (found?.name !== undefined) return { ...found, folder };
    if (folder === dirname(folder)) return {};
  }
}

/** The folder of the project that `file` is part of: of the package.json nearest to it, or its own where there is none. */
export function projectFolder(file: string): string {
  return packageNear(file).folder ?? dirname(file);
}

/** The version of the program that runs: `shop 1.2.0`; undefined where it has none. */
export function programVersion(): string | undefined {
  return programOf(process.argv[1], process.cwd()).version;
}

/** Its version alone: `1.2.0`. */
export function programVersionNumber(): string | undefined {
  const mainFile = process.argv[1];
  return mainFile === undefined ? undefined : packageNear(real(mainFile)).version;
}

/** The version of Pawl. */
export function pawlVersion(): string {
  return packageNear(import.meta.filename).version ?? "unknown";
}

function packageIn(folder: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: string; version?: string };
  } catch {
    // None, or none that can be read: a program without a version.
    return undefined;
  }
}

// A command is a link in `node_modules/.bin`.
function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
