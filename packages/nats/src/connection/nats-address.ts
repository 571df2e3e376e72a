import { NatsUrlError } from "../errors/nats-errors.ts";

/** Where a NATS server is, and who asks. */
export interface NatsAddress {
  /** `127.0.0.1:4222`; several of one cluster. */
  readonly servers: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly tls: boolean;
  /** What stands after the `?`. */
  readonly options: URLSearchParams;
  /** The URL without what is secret, for people. */
  readonly shown: string;
}

const form = /^(nats|tls):\/\/(?:([^@/?#]*)@)?([^@/?#\s]+)\/?(?:\?([^#]*))?$/i;

/**
 * Reads `nats://user:password@127.0.0.1:4222`, `tls://token@one:4222,two:4222?stream=SHOP`.
 *
 * @throws NatsUrlError
 */
export function natsAddress(url: string): NatsAddress {
  const [, scheme = "", who, hosts = "", query = ""] = form.exec(url) ?? [];
  if (scheme === "") {
    throw new NatsUrlError(/^(nats|tls):\/\//i.test(url) ? "cannot be read" : "does not begin with nats:// or tls://");
  }
  const servers = hosts.split(",");
  if (servers.some((server) => server === "")) throw new NatsUrlError("names no server");
  const [name, password] = who?.split(/:(.*)/s) ?? [];
  return {
    servers,
    user: password === undefined ? undefined : decoded(name),
    password: decoded(password),
    token: password === undefined ? decoded(name) : undefined,
    tls: scheme.toLowerCase() === "tls",
    options: new URLSearchParams(query),
    shown: `${scheme.toLowerCase()}://${hosts}`,
  };
}

function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new NatsUrlError('has a "%" in its name or password that is not written as "%25"');
  }
}
