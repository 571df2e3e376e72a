import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** The oldest Node that runs Pawl: major and minor. */
const oldest = [22, 18] as const;

/**
 * The path of Node that a unit should have: the `node` of the PATH, which stays where it is when another version is
 * installed, unless it belongs to a project, is too old, or lies where things do not last; else that of this process.
 */
export function stableNode(path: string = process.env["PATH"] ?? ""): string {
  const candidates = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((directory) => join(directory, "node"));
  return candidates.find(isStable) ?? realpathSync(process.execPath);
}

function isStable(file: string): boolean {
  if (!isProgram(file)) return false;
  return ![file, realpathSync(file)].some(isPassing) && isRecent(file);
}

/** Whether a path lies in a project, or among what is gone with the next session. */
export function isPassing(path: string): boolean {
  return /\/node_modules\/|^\/run\//.test(path);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // The next directory of the PATH may have it.
    return false;
  }
}

function isRecent(file: string): boolean {
  const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8", timeout: 5_000 });
  const [, major = "0", minor = "0"] = /^v(\d+)\.(\d+)\./.exec(stdout ?? "") ?? [];
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
}
