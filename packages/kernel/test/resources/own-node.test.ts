import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer as createHttpServer, get } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { Worker } from "node:worker_threads";
import { Kernel, type StopError } from "@pawl/kernel";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GivenService, given } from "../given-service.ts";

/** A running service, on the system's clock: the operating system is the subject here. */
async function running(): Promise<GivenService> {
  const one = given();
  const kernel: Kernel = new Kernel({ providers: { one }, stopTimeout: "5s" });
  await kernel.start();
  onTestFinished(() => kernel.stop());
  return one;
}

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "pawl-own-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "file");
}

describe("own ends a Node Writable and waits for `finish`", () => {
  it("a file: what was written before is in it", async () => {
    const one = await running();
    const path = temporaryFile();
    const file = one.own(createWriteStream(path));
    for (let i = 0; i < 1_000; i++) file.write(`${"x".repeat(999)}\n`);
    await one.stop();
    expect(readFileSync(path)).toHaveLength(1_000_000);
    expect(file.writableFinished).toBe(true);
  });

  it("a slow one: the stop waits for what it holds", async () => {
    const one = await running();
    const written: string[] = [];
    const slow = new Writable({
      write(chunk, _, done) {
        setImmediate(() => {
          written.push(String(chunk));
          done();
        });
      },
    });
    one.own(slow);
    for (const text of ["a", "b", "c"]) slow.write(text);
    await one.stop();
    expect(written).toEqual(["a", "b", "c"]);
  });

  it("before its own asyncDispose, which would destroy it and lose what it holds", async () => {
    const one = await running();
    const through = one.own(new PassThrough());
    const read: string[] = [];
    through.on("data", (chunk) => read.push(String(chunk)));
    through.write("kept");
    await one.stop();
    expect(read).toEqual(["kept"]);
    expect(through.writableFinished).toBe(true);
  });

  it("one that has ended or was destroyed already holds up nothing", async () => {
    const one = await running();
    const ended = new PassThrough();
    ended.resume().end("x");
    await once(ended, "finish");
    const ending = new PassThrough();
    ending.resume().end("x");
    const destroyed = new PassThrough();
    destroyed.destroy();
    for (const stream of [ended, ending, destroyed]) one.own(stream);
    await one.stop();
  });

  it("one that fails while it ends is a failure of the stop", async () => {
    const one = await running();
    one.own(
      new Writable({
        final(done) {
          done(new Error("disk full"));
        },
      }),
    );
    const error = (await one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error.errors).toHaveLength(1);
    expect((error.errors[0] as Error).message).toBe('one: release "own(Writable)" failed: disk full');
  });

  it("one that is destroyed while it ends is released", async () => {
    const one = await running();
    const stream = new Writable({
      final() {
        setImmediate(() => stream.destroy());
      },
    });
    one.own(stream);
    await one.stop();
    expect(stream.destroyed).toBe(true);
  });
});

describe("own releases what Node has", () => {
  it("a net.Socket: what was written arrives, and it is closed though its peer never ends", async () => {
    const one = await running();
    const received: string[] = [];
    const peers: Socket[] = [];
    const server = createServer({ allowHalfOpen: true }, (peer) => {
      peers.push(peer);
      peer.on("data", (chunk) => received.push(String(chunk)));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      for (const peer of peers) peer.destroy();
      server.close();
    });
    const socket = one.own(connect((server.address() as AddressInfo).port, "127.0.0.1"));
    await once(socket, "connect");
    socket.write("a".repeat(200_000));
    const closed = once(socket, "close");
    await one.stop();
    await closed;
    expect(socket.destroyed).toBe(true);
    const [peer] = peers as [Socket];
    if (!peer.readableEnded) await once(peer, "end");
    expect(received.join("")).toHaveLength(200_000);
  });

  it("a net.Server and an http.Server: they listen no more, and their close has been awaited", async () => {
    const one = await running();
    const server = one.own(createServer());
    server.listen(0, "127.0.0.1");
    const http = one.own(createHttpServer((_, response) => response.end("hello")));
    http.listen(0, "127.0.0.1");
    await Promise.all([once(server, "listening"), once(http, "listening")]);
    const { port } = http.address() as AddressInfo;
    const [response] = await once(get({ port, host: "127.0.0.1", agent: false }), "response");
    response.resume();
    await once(response, "end");
    const events: string[] = [];
    server.on("close", () => events.push("server"));
    http.on("close", () => events.push("http"));
    await one.stop();
    expect(events).toEqual(["http", "server"]);
    expect([server.listening, http.listening]).toEqual([false, false]);
  });

  it("a FileHandle", async () => {
    const one = await running();
    const file = one.own(await open(temporaryFile(), "w"));
    await file.write("x");
    await one.stop();
    expect(file.fd).toBe(-1);
  });

  it("a Worker: its thread has ended", async () => {
    const one = await running();
    const worker = one.own(new Worker("setInterval(() => {}, 1_000)", { eval: true }));
    await once(worker, "online");
    let exited = false;
    worker.once("exit", () => {
      exited = true;
    });
    await one.stop();
    expect(exited).toBe(true);
  });

  it("a ChildProcess: it is killed", async () => {
    const one = await running();
    const child: ChildProcess = one.own(
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"], { stdio: "ignore" }),
    );
    await once(child, "spawn");
    const exit = once(child, "exit");
    await one.stop();
    expect(child.killed).toBe(true);
    expect(await exit).toEqual([null, "SIGTERM"]);
  });

  it("a timer, an AsyncDisposable, a Disposable and a pool with end()", async () => {
    const one = await running();
    const order: string[] = [];
    class Pool {
      async end() {
        await new Promise(setImmediate);
        order.push("pool");
      }
    }
    one.own(setInterval(() => order.push("tick"), 2 ** 30));
    one.own(new Pool());
    one.own({
      async [Symbol.asyncDispose]() {
        await new Promise(setImmediate);
        order.push("asyncDispose");
      },
    });
    one.own({ [Symbol.dispose]: () => order.push("dispose") });
    await one.stop();
    expect(order).toEqual(["dispose", "asyncDispose", "pool"]);
  });

  it("an AsyncDisposableStack, with all that it holds", async () => {
    if (!("AsyncDisposableStack" in globalThis)) return;
    const one = await running();
    const order: string[] = [];
    const Stack = (
      globalThis as never as { AsyncDisposableStack: new () => AsyncDisposable & { defer(fn: () => void): void } }
    ).AsyncDisposableStack;
    const stack = one.own(new Stack());
    stack.defer(() => order.push("first"));
    stack.defer(() => order.push("second"));
    await one.stop();
    expect(order).toEqual(["second", "first"]);
  });
});
