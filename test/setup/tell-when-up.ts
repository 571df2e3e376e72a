import { Server } from "node:net";

// Preloaded into example programs (`node --import`). Tells the parent when the program is ready to be stopped, and gives
// every server a free port, whatever port the example asks for.

// Only the port is replaced: a host that is added would make binding asynchronous.
const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
Server.prototype.listen = function (this: Server, first?: unknown, ...rest: unknown[]): Server {
  this.once("listening", () => {
    const address = this.address();
    if (typeof address === "object" && address) process.send?.({ listening: address.port });
  });
  return listen.call(this, withFreePort(first), ...rest);
};

function withFreePort(first: unknown): unknown {
  if (typeof first === "number") return 0;
  return typeof first === "object" && first !== null && "port" in first ? { ...first, port: 0 } : first;
}

process.on("newListener", (event) => {
  if (event === "SIGINT") process.send?.({ stoppable: true });
});
