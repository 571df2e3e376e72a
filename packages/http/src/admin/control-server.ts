import { inspect } from "node:util";
import { type Kernel, PawlRangeError } from "@pawl/kernel";
import { callAction, compilePattern, listActions, probeBus } from "@pawl/kernel/extend";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { httpSettings } from "../config.ts";
import type { HttpEnv } from "../context.ts";
import { defaultShell } from "../page/shell.ts";
import type { Mount } from "../routes/mounted-routes.ts";
import { HttpServer } from "../server/http-server.ts";
import { longestSocketPath } from "../server/socket-path.ts";
import { liveStream } from "./live-stream.ts";

/** Lines of the log that are kept for who asks later. */
const mostKept = 200;

/** A logger whose lines can be followed, each as JSON. */
interface FollowedLogger {
  follow(fn: (line: string) => void): () => void;
}

/**
 * Serves the control socket of an app: `POST /<service>/<action>` calls any action, those for administration included;
 * `GET /actions` lists them; `GET /events` and `GET /logs` follow the bus and the log. Whoever can open the socket may do all
 * of it: that is the user of the process alone.
 */
export class ControlServer extends HttpServer {
  readonly #kept: string[] = [];

  /** @throws RangeError for a path that is too long */
  constructor(path: string) {
    if (Buffer.byteLength(path) > longestSocketPath) {
      throw new PawlRangeError(
        "PAWL_BAD_OPTION",
        `the control socket ${path}: the system takes ${longestSocketPath} bytes at most; point XDG_RUNTIME_DIR to a directory with a shorter path`,
      );
    }
    const kernel = () => this.app as Kernel;
    const routes = new Hono<HttpEnv>()
      .get("/actions", (c) =>
        c.json(
          listActions(kernel()).map(({ service, name, description }) => ({
            action: `${service}.${name}`,
            description,
          })),
        ),
      )
      .get("/events", (c) => {
        const matches = filterOf(c.req.query("pattern") ?? "**");
        return liveStream((send) =>
          probeBus(kernel()).tap((event, payload) => {
            if (matches(event)) send(eventLine(event, payload));
          }),
        );
      })
      .get("/logs", (c) => {
        const { log } = kernel();
        if (!isFollowed(log))
          return c.json({ title: "The logger of this app is its own, and cannot be followed." }, 501);
        const lines = Number(c.req.query("lines") ?? 10);
        const last = lines > 0 ? this.#kept.slice(-lines) : [];
        if (c.req.query("follow") === undefined)
          return c.body(last.join(""), 200, { "Content-Type": "application/x-ndjson" });
        return liveStream((send) => {
          for (const line of last) send(line.trimEnd());
          return log.follow((line) => send(line.trimEnd()));
        });
      });
    const mounts: readonly Mount[] = [
      { kind: "hono", app: routes, path: "/", label: "the control socket" },
      {
        kind: "control",
        path: "/",
        label: "the control socket",
        call: (service, action, input, options) => callAction(kernel(), service, action, input, options),
        ownerOf: (name) => listActions(kernel()).find(({ service }) => service === name)?.owner,
      },
    ];
    const settings = httpSettings({ socket: path, socketMode: 0o600, actions: false, openapi: false });
    super({ mounts, shell: defaultShell, settings });
  }

  override get name(): string {
    return "control";
  }

  override async onStart(): Promise<void> {
    const { log } = this.app;
    if (isFollowed(log)) {
      this.addCleanup(
        log.follow((line) => {
          this.#kept.push(line);
          if (this.#kept.length > mostKept) this.#kept.shift();
        }),
      );
    }
    await super.onStart();
  }
}

function isFollowed(log: object): log is FollowedLogger {
  return "follow" in log && typeof log.follow === "function";
}

function filterOf(pattern: string): (event: string) => boolean {
  try {
    return compilePattern(pattern);
  } catch (error) {
    throw new HTTPException(400, { message: (error as Error).message });
  }
}

function eventLine(event: string, payload: unknown): string {
  const at = new Date().toISOString();
  try {
    return JSON.stringify({ at, event, payload });
  } catch {
    // Circles, BigInts: not all that is emitted is JSON.
    return JSON.stringify({ at, event, payload: inspect(payload) });
  }
}
