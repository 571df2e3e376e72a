import { chmodSync, lstatSync, type Stats, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { isMainThread } from "node:worker_threads";

// Windows has named pipes, which have neither a mode nor remains.
const hasFiles = process.platform !== "win32";

/** Bytes that the path of a socket may have. */
export const longestSocketPath: number = process.platform === "darwin" ? 103 : 107;

/**
 * Makes a server listen on a Unix socket that is open to `mode` from its first moment. A socket that a process left behind,
 * so that nobody answers there, is removed first; Node removes this one when the server closes.
 *
 * @throws the error of the platform: `EADDRINUSE` where somebody listens there already, `ENOTSOCK` where there is a file of
 * another kind
 */
export async function listenOnSocket(server: Server, path: string, mode: number): Promise<void> {
  if (hasFiles) await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    withMode(mode, () => {
      server.listen({ path }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  });
  if (hasFiles) chmodSync(path, mode);
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

async function removeStale(path: string): Promise<void> {
  const found = socketAt(path);
  if (!found) return;
  if (!found.isSocket()) throw failure("ENOTSOCK", `${path} is there already, and no socket`);
  if (await isAnswered(path)) throw failure("EADDRINUSE", `somebody listens on ${path}`);
  // Somebody else may have come to the same end meanwhile and listen there by now.
  if (socketAt(path)?.ino === found.ino) unlinkSync(path);
}

function socketAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
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
