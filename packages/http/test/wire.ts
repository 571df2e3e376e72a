import { connect, type Socket } from "node:net";

/** One connection to a server, on which a test says exactly what is sent. */
export class Wire implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #changed = new EventTarget();
  /** What has come so far. */
  received = "";
  /** Whether the server has ended or cut it. */
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
      this.#changed.dispatchEvent(new Event("change"));
    });
    // A connection that is cut while this side writes is an error here.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#changed.dispatchEvent(new Event("change"));
    });
  }

  /** By a port of this machine, on the address given with it, or by a Unix socket. */
  static open(to: number | string, host = "127.0.0.1"): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = typeof to === "string" ? connect({ path: to }) : connect({ port: to, host });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Wire(socket));
      });
    });
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Asks on this connection, which stays open. */
  get(path: string, headers = ""): void {
    this.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  }

  /** Resolves when `done` says so of what has come, or when the connection has ended. */
  async until(done: (received: string) => boolean): Promise<string> {
    while (!done(this.received) && !this.closed) {
      await new Promise((resolve) => this.#changed.addEventListener("change", resolve, { once: true }));
    }
    return this.received;
  }

  /** Resolves with everything that came when the server has ended the connection. */
  end(): Promise<string> {
    return this.until(() => false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.end();
  }
}
