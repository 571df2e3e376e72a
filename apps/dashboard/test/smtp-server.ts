import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** A mail server that takes every message and keeps its text. */
export class SmtpServer implements AsyncDisposable {
  readonly messages: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      socket.setEncoding("utf8");
      socket.on("error", () => {});
      const say = (line: string) => socket.write(`${line}\r\n`);
      let text = "";
      let inMessage = false;
      say("220 here");
      socket.on("data", (chunk: string) => {
        text += chunk;
        for (;;) {
          const end = inMessage ? "\r\n.\r\n" : "\r\n";
          const at = text.indexOf(end);
          if (at < 0) return;
          const part = text.slice(0, at);
          text = text.slice(at + end.length);
          if (inMessage) this.messages.push(part);
          inMessage = !inMessage && part.toUpperCase() === "DATA";
          say(inMessage ? "354 go on" : "250 fine");
        }
      });
    });
  }

  static async open(port = 0): Promise<SmtpServer> {
    const smtp = new SmtpServer();
    await once(smtp.#server.listen(port, "127.0.0.1"), "listening");
    return smtp;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }
}
