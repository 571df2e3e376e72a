import type { Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { type ListenAt, ListenError } from "../errors/http-errors.ts";
import { type BoundSocket, listenOnSocket } from "./unix-socket.ts";

/** Where to listen: on a port, on a Unix socket, or on both. */
export interface ListenSettings {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly socket: string | undefined;
  readonly socketMode: number;
}

/** How often a free port is looked for that is free on both addresses of localhost. */
const mostTries = 20;

/** The servers of Node that one run listens with, one for each address that it binds. */
export class Listeners {
  readonly #path: string;
  readonly #make: (at: ListenAt) => Server;
  readonly #failedLater: (error: Error) => void;
  #servers: readonly Server[] = [];
  /** Of those that listen on one. */
  readonly #sockets = new Map<Server, BoundSocket>();

  /**
   * @param path of who listens, for errors
   * @param make makes the server for one address
   * @param failedLater told of a server that fails when it listens
   */
  constructor(path: string, make: (at: ListenAt) => Server, failedLater: (error: Error) => void) {
    this.#path = path;
    this.#make = make;
    this.#failedLater = failedLater;
  }

  /** Resolves when connections are taken everywhere. @throws ListenError; what listens by then is closed with the rest */
  async listen({ port, host, socket, socketMode }: ListenSettings): Promise<void> {
    if (port !== undefined) await (host === "localhost" ? this.#listenOnLoopback(port) : this.#bind({ port, host }));
    if (socket !== undefined) await this.#bind({ socket, socketMode });
  }

  /** Of what listens on one. */
  get port(): number | undefined {
    for (const address of this.#bound) if (typeof address === "object") return address.port;
    return undefined;
  }

  /** Every address that is bound, as a URL: `http://127.0.0.1:3000`, `unix:/run/shop.sock`. */
  get addresses(): readonly string[] {
    return this.#bound.flatMap((address) => (typeof address === "string" ? [`unix:${address}`] : inWords(address)));
  }

  /** Takes no more connections; resolves when the last one has ended. Rejects where a socket could not be removed. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets.values()];
    const ends = [...sockets.map(async (socket) => socket.remove()), ...this.#servers.map((server) => closed(server))];
    await Promise.allSettled(ends);
    await Promise.all(ends);
  }

  closeIdleConnections(): void {
    for (const server of this.#servers) server.closeIdleConnections();
  }

  /** Ends what the HTTP servers check their connections with. */
  end(): void {
    for (const server of this.#servers) server.close();
  }

  get #bound(): (AddressInfo | string)[] {
    // One that has closed still names its socket.
    const listening = this.#servers.filter((server) => server.listening);
    // Node knows a socket by the name that it was bound under.
    return listening
      .map((server) => this.#sockets.get(server)?.path ?? server.address())
      .filter((address) => address !== null);
  }

  /** Both addresses that are `localhost` (RFC 6761), on one port; one that the machine does not have is left out. */
  async #listenOnLoopback(port: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      const four = await this.#bind({ port, host: "127.0.0.1" }).catch(orMissing);
      const chosen = four ? (four.address() as AddressInfo).port : port;
      try {
        await this.#bind({ port: chosen, host: "::1" });
        return;
      } catch (error) {
        if (four && isMissing(error)) return;
        const isTaken = error instanceof ListenError && error.code === "PAWL_HTTP_PORT_IN_USE";
        // The free port of the one may be taken on the other.
        if (!four || port !== 0 || !isTaken || tries === mostTries) throw error;
        this.#servers = this.#servers.filter((server) => server !== four);
        await closed(four);
      }
    }
  }

  async #bind(at: ListenAt): Promise<Server> {
    const server = this.#make(at);
    try {
      if ("socket" in at) this.#sockets.set(server, await listenOnSocket(server, at.socket, at.socketMode));
      else await listenOnPort(server, at);
    } catch (error) {
      throw new ListenError(this.#path, at, error as NodeJS.ErrnoException);
    }
    server.on("error", this.#failedLater);
    this.#servers = [...this.#servers, server];
    return server;
  }
}

function listenOnPort(server: Server, { port, host }: { readonly port: number; readonly host: string | undefined }) {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Without a host Node takes every address of both families, and those of IPv4 where there is no other.
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Not the close() of the HTTP server: that ends connections whose answer waits to be written.
    NetServer.prototype.close.call(server, () => resolve());
  });
}

/** Whether the machine does not have that address. */
function isMissing(error: unknown): boolean {
  const code = error instanceof ListenError ? (error.cause as NodeJS.ErrnoException).code : undefined;
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}

function orMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function inWords({ address, port, family }: AddressInfo): string[] {
  if (family === "IPv4") return [`http://${address}:${port}`];
  // A socket for every address of IPv6 takes those of IPv4 as well.
  return [...(address === "::" ? [`http://0.0.0.0:${port}`] : []), `http://[${address}]:${port}`];
}
