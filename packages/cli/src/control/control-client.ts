import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { PawlError } from "@pawl/kernel";

/** An app that can be asked: by its control socket, or by its address and the admin token. */
export interface Target {
  /** How people know it. */
  readonly label: string;
  readonly socketPath?: string;
  readonly url?: URL;
}

/** Milliseconds that an app has to answer what takes no time. */
export const usualPatience = 5_000;

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly id?: string;
  readonly issues?: readonly { readonly message: string; readonly path: readonly (string | number)[] }[];
}

/** Nobody answers there. */
export class Unreachable extends PawlError {
  constructor(target: Target, cause: Error) {
    super("PAWL_CONTROL_UNREACHABLE", `${target.label} cannot be reached: ${cause.message}`, { cause });
  }
}

/**
 * Calls an action of an app; gives its result.
 *
 * @param patience how long it has, in milliseconds; without one as long as it takes
 * @throws Unreachable; PawlError `PAWL_CONTROL_REFUSED` with what the app says
 */
export async function callAction(target: Target, path: string, input?: unknown, patience?: number): Promise<unknown> {
  const at = path.lastIndexOf(".");
  const [service, action] = [path.slice(0, at), path.slice(at + 1)].map(encodeURIComponent);
  const body = input === undefined ? "" : JSON.stringify(input);
  const response = await ask(target, "POST", `/${service}/${action}`, { body, patience });
  const text = await textOf(target, response);
  if (response.statusCode === 204) return undefined;
  if (response.statusCode !== 200) throw refused(path, response, text);
  return JSON.parse(text) as unknown;
}

/** Reads something of an app as text; by its control socket only. @throws as {@link callAction} */
export async function read(target: Target, path: string): Promise<string> {
  const response = await ask(target, "GET", path, { patience: usualPatience });
  const text = await textOf(target, response);
  if (response.statusCode !== 200) throw refused(path, response, text);
  return text;
}

/** Calls `onLine` with each line of a stream of an app; resolves when it ends. @throws as {@link callAction} */
export async function follow(
  target: Target,
  path: string,
  onLine: (line: string, event: string) => void,
): Promise<void> {
  const response = await ask(target, "GET", path, {});
  if (response.statusCode !== 200) throw refused(path, response, await textOf(target, response));
  let rest = "";
  let event = "message";
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("event: ")) event = line.slice("event: ".length);
        else if (line.startsWith("data: ")) onLine(line.slice("data: ".length), event);
        else if (line === "") event = "message";
      }
    }
  } catch (error) {
    // The app has ended without a last word.
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
}

function ask(
  target: Target,
  method: string,
  path: string,
  { body, patience }: { readonly body?: string; readonly patience?: number | undefined },
): Promise<IncomingMessage> {
  const { socketPath, url } = target;
  const token = process.env["PAWL_ADMIN_TOKEN"];
  const headers = {
    ...(body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
    ...(url && token ? { Authorization: `Bearer ${token}` } : {}),
  };
  const options: RequestOptions = { method, headers, ...(socketPath === undefined ? {} : { socketPath, path }) };
  return new Promise((resolve, reject) => {
    const make = url?.protocol === "https:" ? httpsRequest : httpRequest;
    const asked = url ? make(new URL(`.${path}`, withSlash(url)), options) : make(options);
    const late = () => asked.destroy(new Error(`it did not answer within ${(patience ?? 0) / 1_000} s`));
    const timer = patience === undefined ? undefined : setTimeout(late, patience);
    asked.once("close", () => clearTimeout(timer));
    asked.once("response", resolve);
    asked.once("error", (error) => reject(new Unreachable(target, error)));
    asked.end(body);
  });
}

/** `http://host/shop` → `http://host/shop/`: what is below it is meant. */
function withSlash(url: URL): URL {
  return url.pathname.endsWith("/") ? url : new URL(`${url.href}/`);
}

async function textOf(target: Target, response: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  } catch (error) {
    throw new Unreachable(target, error as Error);
  }
  return text;
}

function refused(what: string, { statusCode }: IncomingMessage, text: string): PawlError {
  const { title = `status ${statusCode}`, detail, issues = [], reason, code, id } = problemOf(text);
  const lines = issues.map(({ message, path }) => `\n  ${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`);
  const number = id === undefined ? "" : `; it is reported there as ${id}`;
  const why = reason ?? code;
  const named = why === undefined ? "" : ` [${why}]`;
  return new PawlError("PAWL_CONTROL_REFUSED", `${what}: ${detail ?? title}${number}${named}${lines.join("")}`);
}

function problemOf(text: string): Problem {
  try {
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    // Not of Pawl: a proxy in between, or another program.
    return {};
  }
}
