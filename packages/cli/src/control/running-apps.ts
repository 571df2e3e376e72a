import { PawlError } from "@pawl/kernel";
import { nearestName } from "@pawl/kernel/extend";
import { UsageError } from "../errors/command-errors.ts";
import { callAction, type Target, Unreachable, usualPatience } from "./control-client.ts";
import { type ControlSocket, controlSockets, isAlive, removeSocket } from "./control-directory.ts";

/** What an app says of itself. */
export interface AppStatus {
  readonly name: string;
  readonly status: string;
  readonly state: string;
  readonly version?: string;
  readonly pid: number;
  readonly aliveSince: string;
  readonly uptimeMs: number;
  readonly shutdownTimeoutMs: number;
  readonly addresses: readonly string[];
}

/** An app that runs on this machine. */
export interface RunningApp {
  readonly name: string;
  readonly pid: number;
  readonly target: Target;
  /** Undefined where it does not answer. */
  readonly status: AppStatus | undefined;
}

/** The apps of this user that run on this machine. What an ended one has left behind is removed. */
export async function runningApps(): Promise<readonly RunningApp[]> {
  const found = await Promise.all(controlSockets().map(appOf));
  return found.filter((app) => app !== undefined).sort((a, b) => a.name.localeCompare(b.name) || a.pid - b.pid);
}

async function appOf({ name, pid, path }: ControlSocket): Promise<RunningApp | undefined> {
  const target: Target = { label: `${name} (pid ${pid})`, socketPath: path };
  try {
    const status = await statusOf(target);
    return { name: status.name, pid, target: { ...target, label: `${status.name} (pid ${pid})` }, status };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    const isGone = error instanceof Unreachable && (code === "ECONNREFUSED" || code === "ENOENT");
    if (!isGone) return { name, pid, target, status: undefined };
    // The socket of one that is about to listen is there already, too.
    if (code === "ECONNREFUSED" && !isAlive(pid)) removeSocket(path);
    return undefined;
  }
}

/** What an app says of itself. @throws Unreachable; PawlError */
export async function statusOf(target: Target): Promise<AppStatus> {
  return (await callAction(target, "pawl.status", undefined, usualPatience)) as AppStatus;
}

/** Whether a word of a command line is an address rather than a name. */
export function isAddress(word: string): boolean {
  return /^https?:\/\//.test(word);
}

/** Whether a word of a command line means an app: it is its name or its process id. */
export function means(which: string): (app: RunningApp) => boolean {
  return ({ name, pid }) => name === which || String(pid) === which;
}

/**
 * The app that is meant: by its name, its process id, its address; the only one that runs where nothing is said.
 *
 * @throws PawlError `PAWL_APP_NOT_FOUND`, `PAWL_APP_AMBIGUOUS`; UsageError
 */
export async function findApp(which: string | undefined): Promise<Target> {
  if (which !== undefined && isAddress(which)) return { label: which, url: addressOf(which) };
  return (await findLocalApp(which)).target;
}

/** As {@link findApp}, for an app of this machine. @throws PawlError `PAWL_APP_NOT_FOUND`, `PAWL_APP_AMBIGUOUS` */
export async function findLocalApp(which: string | undefined): Promise<RunningApp> {
  return chooseApp(await runningApps(), which);
}

/** @throws UsageError */
function addressOf(which: string): URL {
  const url = URL.parse(which);
  // Not quoted: it would be told with every error.
  if (url?.username || url?.password) {
    throw new UsageError(
      "the address of an app must have no name or password in it; its admin token goes in the environment, as PAWL_ADMIN_TOKEN",
    );
  }
  if (url) return url;
  throw new UsageError(`${which} is no address; write http://host:port`);
}

function chooseApp(apps: readonly RunningApp[], which: string | undefined): RunningApp {
  const meant = which === undefined ? apps : apps.filter(means(which));
  const [app, ...others] = meant;
  const listed = (of: readonly RunningApp[]) => of.map(({ target }) => target.label).join(", ");
  if (!app) {
    const near = nearestName(
      which ?? "",
      apps.map(({ name }) => name),
    );
    const address = which !== undefined && /^[\w.-]+:\d+$/.test(which) ? `; its address is http://${which}` : "";
    const what = which === undefined ? "no app runs here" : `no app "${which}" runs here${address}`;
    const maybe = near === undefined ? "" : `; did you mean "${near}"?`;
    const running =
      apps.length > 0
        ? `${maybe === "" ? "." : maybe} Running: ${listed(apps)}`
        : "; found are apps that were started by main(), `pawl run` or `pawl dev`, or that have `control: true`";
    throw new PawlError("PAWL_APP_NOT_FOUND", `${what}${running}`);
  }
  if (others.length === 0) return app;
  const by = others.some(({ name }) => name !== app.name) ? "its name or process id" : "its process id";
  throw new PawlError("PAWL_APP_AMBIGUOUS", `several apps run; say which, by ${by}: ${listed(meant)}`);
}
