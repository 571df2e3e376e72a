import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { Kernel } from "@pawl/kernel";
import { Messages } from "@pawl/messages";
import type { MessageEngine } from "@pawl/messages/extend";
import { Consumer, type MessageEngineSetup } from "./message-law.ts";

/**
 * What the program of a setup does: joins a group with an engine of its own, writes a line for each message that it gets,
 * and never handles one to its end. It is killed.
 *
 * @example
 * await consumeForLaw(() => myEngine(process.argv[2]));
 */
export async function consumeForLaw(engine: () => MessageEngine): Promise<void> {
  const consumer = new Consumer("law:killed", {}, (payload, { attempt }) => {
    process.stdout.write(`taken ${JSON.stringify(payload)} ${attempt}\n`);
    return new Promise(() => {});
  });
  await new Kernel({ providers: { messages: new Messages({ engine }), consumer } }).start();
  process.stdout.write("joined\n");
}

/** A process that has joined the group. */
export interface RunningConsumer extends AsyncDisposable {
  /** The next line that it writes. */
  line(): Promise<string>;
  /** Kills it with SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts the program of a setup; resolves when it has joined the group. */
export async function startConsumer({ program }: MessageEngineSetup): Promise<RunningConsumer> {
  if (!program) throw new TypeError("startConsumer(setup): it has no program");
  const { file, args, env } = program;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const exited = once(child, "exit");
  // What it gives is looked at where it was killed; until then it may only fail to start.
  exited.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const consumer = running(child, lines, exited);
  try {
    const first = await consumer.line();
    if (first !== "joined") throw new Error(`the program of the setup wrote "${first}" instead of "joined"`);
    return consumer;
  } catch (error) {
    await consumer.kill();
    throw error;
  }
}

function running(child: ChildProcess, lines: Interface, exited: Promise<unknown>): RunningConsumer {
  const iterator = lines[Symbol.asyncIterator]();
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
    lines.close();
  };
  return {
    async line() {
      const { value, done } = await iterator.next();
      if (done) throw new Error("the program of the setup has ended");
      return value;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
