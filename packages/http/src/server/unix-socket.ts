import { randomBytes } from "node:crypto";
import { type BigIntStats, chmodSync, linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { longestSocketPath } from "./socket-path.ts";

// Windows has named pipes, which have neither a mode nor remains.
const hasFiles = process.platform !== "win32";

/** A Unix socket that a server listens on. */
export interface BoundSocket {
  /** By which it is reached. */
  readonly path: string;
  /** Removes it, unless somebody else has put something in its place. To be called before the server closes. */
  remove(): void;
}

/**
 * Makes a server listen on a Unix socket that is open to `mode` from its first moment. A socket that a process left behind,
 * so that nobody answers there, is replaced. It is bound under a private name beside its path first, for Node removes what it
 * has bound by the name alone when the server closes; and of several that come at once only one gets the path.
 *
 * @throws the error of the platform: `EADDRINUSE` where somebody listens there already, `ENOTSOCK` where there is a file of
 * another kind; the server does not listen then
 */
export async function listenOnSocket(server: Server, path: string, mode: number): Promise<BoundSocket> {
  if (!hasFiles) {
    await listen(server, path, mode);
    return { path, remove() {} };
  }
  const bound = privateNameBeside(path);
  await listen(server, bound, mode);
  try {
    chmodSync(bound, mode);
    const own = lstatSync(bound, { bigint: true });
    while (!moved(bound, path)) await removeStale(path);
    return {
      path,
      remove() {
        if (isSame(own, fileAt(path))) unlinkSync(path);
      },
    };
  } catch (error) {
    await new Promise((resolve) => server.close(resolve));
    throw error;
  }
}

function listen(server: Server, path: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    withMode(mode, () => {
      server.listen({ path }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  });
}

/** The socket is made while `listen` runs, by the mask of the process; a thread cannot set that. */
function withMode(mode: number, listen: () => void): void {
  if (!hasFiles || !isMainThread) {
    listen();
    return;
  }
  const before = process.umask(0o777 & ~mode);
  try {
    listen();
  } finally {
    process.umask(before);
  }
}

/**
 * A name that nobody else has in the same folder, no longer than a socket's path may be. The path itself is not, so that
 * there is room for one character at least.
 */
function privateNameBeside(path: string): string {
  const folder = dirname(path);
  const room = longestSocketPath - Buffer.byteLength(join(folder, "x")) + 1;
  for (let tries = 0; tries < 100; tries++) {
    const letters = randomBytes(6).toString("hex");
    const name = room > letters.length ? `.${letters}` : letters.slice(0, room);
    if (name !== basename(path) && !fileAt(join(folder, name))) return join(folder, name);
  }
  throw failure("ENAMETOOLONG", `there is no room for another name beside ${path}`);
}

/** Gives the socket its path; false where there is something already. A link is refused then, in one step. */
function moved(bound: string, path: string): boolean {
  try {
    linkSync(bound, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // Some file systems have no links.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    if (fileAt(path)) return false;
    renameSync(bound, path);
    return true;
  }
  unlinkSync(bound);
  return true;
}

/** Makes room where nobody listens any more. @throws `EADDRINUSE`; `ENOTSOCK` */
async function removeStale(path: string): Promise<void> {
  const found = fileAt(path);
  if (!found) return;
  if (!found.isSocket()) throw failure("ENOTSOCK", `${path} is there already, and no socket`);
  if (await isAnswered(path)) throw failure("EADDRINUSE", `somebody listens on ${path}`);
  // Somebody else may have come to the same end meanwhile and listen there by now.
  if (!isSame(found, fileAt(path))) return;
  const aside = privateNameBeside(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // What was moved, and what was looked at, may still be two: then it goes back.
  if (isSame(found, fileAt(aside)) || !moved(aside, path)) unlinkSync(aside);
}

function fileAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { throwIfNoEntry: false, bigint: true });
}

function isSame(one: BigIntStats, other: BigIntStats | undefined): boolean {
  return one.ino === other?.ino && one.dev === other.dev;
}

/** Whether somebody listens there. @throws where that cannot be found out */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      // It has more callers than it has taken yet.
      if (error.code === "EAGAIN") resolve(true);
      else if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
