import { equal } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
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

/**
 * Starts the program of a setup, calls `then` when it has joined the group, and kills it with SIGKILL when it has written
 * `line`. @throws AssertionError where it writes another one
 */
export async function killAt(
  { program }: MessageEngineSetup,
  line: string,
  then: () => Promise<unknown>,
): Promise<void> {
  if (!program) throw new TypeError("killAt(setup, …): it has no program");
  const { file, args, env } = program;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const written = lines[Symbol.asyncIterator]();
  try {
    // One that cannot be started says so by an error, and writes nothing.
    equal((await Promise.race([written.next(), exited.then(() => ({ value: "nothing" }))])).value, "joined");
    await then();
    equal((await written.next()).value, line);
  } finally {
    lines.close();
    if (child.exitCode === null && child.kill("SIGKILL")) await exited;
  }
}
