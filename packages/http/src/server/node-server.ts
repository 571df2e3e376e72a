import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener, type Http2Bindings, type HttpBindings } from "@hono/node-server";
import { AbortError } from "@pawl/kernel";
import type { Activity, ServiceScope } from "@pawl/kernel/extend";
import type { ListenAt } from "../errors/http-errors.ts";
import { asksHealth } from "../health/health-answer.ts";
import { type AllowedHosts, isLoopback } from "./allowed-hosts.ts";
import { Exchange } from "./exchange.ts";
import { Listeners, type ListenSettings } from "./listeners.ts";
import type { RequestHandler } from "./request-handler.ts";

const ignored = { ok() {}, fail() {} };

/**
 * The connections of one run of the server, wherever it listens, and how they are drained: when it closes, no connection is taken any more, idle ones
 * end, answers say `Connection: close`, and streams without an end get their signal. What is in flight is awaited as calls of
 * the server: first in peace, then with its signal aborted. What is left is cut.
 */
export class NodeServer implements Activity {
  readonly kind = "server";
  readonly label = "connections";
  readonly #scope: ServiceScope;
  readonly #listeners: Listeners;
  /** Each connection with the last request that came by it: answers leave in the order of their requests. */
  readonly #sockets = new Map<Socket, Exchange | undefined>();
  #closed: Promise<void> | undefined;

  /**
   * @param hosts by which names requests may ask that come by a port
   * @param failedLater told of an error of the platform that comes when it listens
   */
  constructor(scope: ServiceScope, requests: RequestHandler, hosts: AllowedHosts, failedLater: (error: Error) => void) {
    this.#scope = scope;
    const makeServer = (at: ListenAt) => this.#makeServer(requests, "socket" in at ? undefined : hosts);
    this.#listeners = new Listeners(scope.path, makeServer, failedLater);
  }

  get port(): number | undefined {
    return this.#listeners.port;
  }

  /** Every address that is bound, as a URL. */
  get addresses(): readonly string[] {
    return this.#listeners.addresses;
  }

  /** Resolves when connections are taken. @throws ListenError */
  listen(settings: ListenSettings): Promise<void> {
    return this.#listeners.listen(settings);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = this.#listeners.close();
    // cut() tells it.
    this.#closed.catch(() => {});
    for (const exchange of this.#inFlight()) {
      const { outgoing } = exchange;
      if (outgoing && !outgoing.headersSent) outgoing.setHeader("Connection", "close");
      const label = exchange.entry ? `${exchange.entry.method} ${exchange.entry.path}` : String(exchange.incoming?.url);
      const sent = exchange.sent.then(() => this.#endIdle());
      this.#scope.track({ kind: "the answer to", label, drains: true }, sent, ignored);
    }
    this.#endEndless();
    this.#endIdle();
  }

  abort(reason: AbortError): void {
    for (const exchange of this.#inFlight()) exchange.abort(reason);
  }

  /** Cuts what is left; resolves when no connection is open. */
  async cut(): Promise<void> {
    this.close();
    for (const socket of this.#sockets.keys()) socket.destroy();
    try {
      await this.#closed;
    } finally {
      this.#listeners.end();
    }
  }

  inspect(): Record<string, unknown> {
    return { at: this.addresses, open: this.#sockets.size, inFlight: [...this.#inFlight()].length };
  }

  #makeServer(requests: RequestHandler, hosts: AllowedHosts | undefined): Server {
    const scope = this.#scope;
    const answer = (request: Request, bindings: HttpBindings | Http2Bindings) => {
      const { incoming, outgoing } = bindings as HttpBindings;
      const exchange = new Exchange(request.method === "HEAD", incoming, outgoing);
      this.#sockets.set(incoming.socket, exchange);
      const { host } = incoming.headers;
      // What probes an app on behalf of a load balancer asks by its address.
      const isProbe = hosts?.isNamed === true && asksHealth(incoming.url);
      return isChecked && !isProbe && hosts?.allows(host) === false
        ? requests.misdirected(request, exchange, host)
        : requests.answer(request, exchange);
    };
    const listener = getRequestListener(answer, {
      errorHandler: (error) => requests.lost(error),
      // HTTP/1.0 knows no Host header.
      hostname: "localhost",
    });
    // Most requests have no body, and the stream of one that nobody reads costs a twentieth of all the rest.
    const server = createServer({ optimizeEmptyRequests: true }, (incoming, outgoing) => {
      // What fails while an answer is being written must end one connection, never the process.
      listener(incoming, outgoing).catch((error: unknown) => {
        scope.report(error, { path: scope.path, label: "an answer, while it was written" });
        outgoing.destroy();
      });
    });
    let isChecked = hosts?.isNamed === true;
    server.on("listening", () => {
      const address = server.address();
      isChecked ||= typeof address === "object" && address !== null && isLoopback(address.address);
    });
    server.on("connection", (socket: Socket) => {
      this.#sockets.set(socket, undefined);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    return server;
  }

  *#inFlight(): Generator<Exchange> {
    for (const exchange of this.#sockets.values()) if (exchange?.isOpen) yield exchange;
  }

  /** Ends the connections on which nothing is asked or answered. */
  #endIdle(): void {
    for (const [socket, exchange] of this.#sockets) if (!exchange && socket.bytesRead === 0) socket.destroy();
    // Node knows on which of the others a request has begun, but takes an answer for sent that still waits to be written:
    // when that is out, this is called again.
    const waits = [...this.#inFlight()].some(({ outgoing }) => outgoing?.writableEnded);
    if (!waits) this.#listeners.closeIdleConnections();
  }

  /** Streams that end by no other means: those that have a signal are told by it, the others are ended. */
  #endEndless(): void {
    for (const exchange of this.#inFlight()) {
      if (!exchange.endless) continue;
      if (exchange.hasSignal) exchange.abort(new AbortError(`${this.#scope.path}: the server stops`));
      else exchange.end?.();
    }
  }
}
