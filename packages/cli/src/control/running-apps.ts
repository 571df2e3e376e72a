import { PawlError } from "@pawl/kernel";
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
  const target: Target = { label: `${name} (${pid})`, socketPath: path };
  try {
    const status = await statusOf(target);
    return { name: status.name, pid, target: { ...target, label: `${status.name} (${pid})` }, status };
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
 * @throws PawlError `PAWL_APP_NOT_FOUND`, `PAWL_APP_AMBIGUOUS`
 */
export async function findApp(which: string | undefined): Promise<Target> {
  if (which !== undefined && isAddress(which)) return { label: which, url: new URL(which) };
  return chooseApp(await runningApps(), which).target;
}

function chooseApp(apps: readonly RunningApp[], which: string | undefined): RunningApp {
  const meant = which === undefined ? apps : apps.filter(means(which));
  const [app, ...others] = meant;
  const listed = (of: readonly RunningApp[]) => of.map(({ name, pid }) => `${name} (${pid})`).join(", ");
  if (!app) {
    const what = which === undefined ? "no app runs here" : `no app "${which}" runs here`;
    const running =
      apps.length > 0 ? `. Running: ${listed(apps)}` : "; only apps that were started by main() are found";
    throw new PawlError("PAWL_APP_NOT_FOUND", `${what}${running}`);
  }
  if (others.length === 0) return app;
  throw new PawlError("PAWL_APP_AMBIGUOUS", `several apps run; say which, by its process id: ${listed(meant)}`);
}
