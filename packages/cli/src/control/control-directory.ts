import { lstatSync, mkdirSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { PawlError } from "@pawl/kernel";

const isWindows = process.platform === "win32";
const pipes = "\\\\.\\pipe\\";

/** A control socket that is there, whether anybody listens on it or not. */
export interface ControlSocket {
  /** Of the app, as far as it can be part of a file name. */
  readonly name: string;
  readonly pid: number;
  /** Of the socket, or of the named pipe on Windows. */
  readonly path: string;
}

/** Where the control sockets of this user are: `$XDG_RUNTIME_DIR/pawl`, else `<tmp>/pawl-<uid>`. */
function controlDirectory(): string {
  if (isWindows) return pipes;
  const runtime = runtimeDirectory();
  return runtime === undefined ? join(tmpdir(), `pawl-${userInfo().uid}`) : join(runtime, "pawl");
}

function runtimeDirectory(): string | undefined {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime !== undefined && isAbsolute(runtime) ? runtime : undefined;
}

/**
 * The path of the control socket that an app of this name has in this process, in a directory that nobody else can look
 * into. What processes left behind that have ended is removed.
 *
 * @throws PawlError `PAWL_CONTROL_DIRECTORY`
 */
export function controlSocketPath(name: string): string {
  const directory = controlDirectory();
  // The path of a socket may have a hundred bytes.
  const file = `${name.replace(/[^\w-]+/g, "-").slice(0, 30)}.${process.pid}`;
  if (isWindows) return `${directory}${pipePrefix()}${file}`;
  makePrivate(directory);
  for (const { pid, path } of controlSockets()) if (!isAlive(pid)) removeSocket(path);
  return join(directory, `${file}.sock`);
}

/** The control sockets of this user that are there. @throws PawlError `PAWL_CONTROL_DIRECTORY` */
export function controlSockets(): readonly ControlSocket[] {
  const directory = controlDirectory();
  if (isWindows) return readdirSync(directory).flatMap((file) => socketOf(directory, file, pipePrefix(), ""));
  if (!lstatSync(directory, { throwIfNoEntry: false })) return [];
  // Root may look at the apps of a user whose directory it has named; in a temporary one anybody may have made root's.
  if (process.getuid?.() === 0 && runtimeDirectory() !== undefined) refuseOpen(directory, lstatSync(directory).uid);
  else refuseOpen(directory);
  return readdirSync(directory).flatMap((file) => socketOf(directory, file, "", ".sock"));
}

/** Whether a process of this id runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch (error) {
    // It is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether it has ended and its parent has not asked how, which Linux alone tells. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Behind its name, which may have brackets of its own.
    return stat.charAt(stat.lastIndexOf(")") + 2) === "Z";
  } catch {
    return false;
  }
}

/** Removes a socket that nobody listens on any more. */
export function removeSocket(path: string): void {
  try {
    if (!isWindows) unlinkSync(path);
  } catch (error) {
    // Somebody else has come to the same end.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function socketOf(directory: string, file: string, before: string, behind: string): ControlSocket[] {
  if (!file.startsWith(before) || !file.endsWith(behind)) return [];
  const [, name, pid] = /^(.+)\.(\d+)$/.exec(file.slice(before.length, file.length - behind.length)) ?? [];
  if (name === undefined) return [];
  return [{ name, pid: Number(pid), path: isWindows ? `${directory}${file}` : join(directory, file) }];
}

// Every user's pipes have one place.
function pipePrefix(): string {
  return `pawl-${userInfo().username}-`;
}

/** @throws PawlError `PAWL_CONTROL_DIRECTORY` */
function makePrivate(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PawlError(
      "PAWL_CONTROL_DIRECTORY",
      `${directory}, where control sockets are, cannot be made: ${(cause as Error).message}; point XDG_RUNTIME_DIR to a directory that this user may write`,
      { cause },
    );
  }
  refuseOpen(directory);
}

/**
 * Anybody may make a directory in a temporary one: what is not one user's alone could hold somebody else's socket.
 *
 * @param user whose it is to be
 * @throws PawlError `PAWL_CONTROL_DIRECTORY`
 */
function refuseOpen(directory: string, user: number | undefined = process.getuid?.()): void {
  const stat = lstatSync(directory);
  if (stat.isDirectory() && stat.uid === user && (stat.mode & 0o077) === 0) return;
  throw new PawlError(
    "PAWL_CONTROL_DIRECTORY",
    `${directory}, where control sockets are, must be a directory of this user with mode 0700; remove it, or point XDG_RUNTIME_DIR elsewhere`,
  );
}
