import { PawlTypeError, type ServiceMap } from "@pawl/kernel";
import type { CallOptions, Client, PerformArgs, PerformPath, PerformResult } from "./action-types.ts";
import { callRemote } from "./call-remote.ts";
import { httpTransport } from "./http-transport.ts";
import type { RemoteTransport } from "./remote-transport.ts";

/**
 * The actions of an app elsewhere, by service and name. Every call ends within its `timeout`: with the result, with the
 * error of the action as its own class, with an `ActionTimeoutError`, or with a `ConnectionError`.
 *
 * @param options count for all calls; each may say otherwise
 * @throws TypeError `PAWL_BAD_OPTION` for what is no address
 * @example
 * const shop = client<Services>("http://localhost:3000");
 * const { orders } = await shop.metrics.stats({ since: "1h" }, { timeout: "5s" });
 */
export function client<S extends object = ServiceMap>(url: string | URL, options: CallOptions = {}): Client<S> {
  const base = baseOf(url, options);
  return clientOver<S>(({ fetch = globalThis.fetch }) => httpTransport(base, fetch), options);
}

/**
 * As {@link client}, over another transport.
 *
 * @param transport gives that of a call with these options
 */
export function clientOver<S extends object>(
  transport: (options: CallOptions) => RemoteTransport,
  options: CallOptions,
): Client<S> {
  return named((service) =>
    named((action) => (input?: unknown, more?: CallOptions) => {
      const all = merged(options, more);
      return callRemote(transport(all), service, action, input, all);
    }),
  ) as Client<S>;
}

/**
 * Calls one action of an app elsewhere, as {@link client} does.
 *
 * @throws as rejections: TypeError `PAWL_BAD_OPTION` for what is no address or no `service.action`, and as for `client`
 * @example
 * await perform("http://localhost:3000", "metrics.stats", { since: "1h" });
 */
export async function perform<const P extends PerformPath>(
  url: string | URL,
  action: P,
  ...[input, options = {}]: PerformArgs<P>
): Promise<PerformResult<P>> {
  const [service = "", name = "", ...rest] = (action as string).split(".");
  if (rest.length > 0) badName(action);
  const transport = httpTransport(baseOf(url, options), options.fetch ?? fetch);
  return (await callRemote(transport, service, name, input, options)) as PerformResult<P>;
}

/** An object that has something for every name, but for those by which the language asks what an object is. */
function named<T>(get: (name: string) => T): object {
  const known = new Map<string, T>();
  return new Proxy(Object.freeze(Object.create(null) as object), {
    get(_, name) {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      const value = known.get(name) ?? get(name);
      known.set(name, value);
      return value;
    },
  });
}

/** What a call says beside what counts for all; what it leaves undefined it does not say. */
function merged(options: CallOptions, more: CallOptions | undefined): CallOptions {
  if (!more) return options;
  const said = Object.entries(more).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(said) };
}

function baseOf(url: string | URL, { fetch }: CallOptions): URL {
  const base = URL.parse(String(url));
  // Neither is quoted: what stands before an "@" may be a password. Of a whole URL it is known where that would be.
  if (base ? base.username || base.password : String(url).includes("@")) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      'the address of an app must have no name or password in it; give one such as "http://localhost:3000", and { token }',
    );
  }
  // With a fetch of one's own it may be the address of anything.
  if (!base || (!fetch && base.protocol !== "http:" && base.protocol !== "https:")) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `"${url}" is no address of an app; give one such as "http://localhost:3000"`,
    );
  }
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

function badName(action: unknown): never {
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `perform(): ${JSON.stringify(action)} names no action; give "service.action"`,
  );
}
