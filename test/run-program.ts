import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { repository } from "./setup/tool.ts";

/** How a program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

interface Options {
  readonly cwd: string;
  /** Stop it with SIGINT once it is up: when it serves, or half a second after it has begun to listen to signals. */
  readonly interrupt: boolean;
  /** Called with the address of the first server that it opens, before it is stopped. */
  readonly onServing?: (url: string) => Promise<void>;
}

/** Runs `node file` as a process of its own until it ends; one that takes longer than 20 s is killed. */
export async function runProgram(file: string, { cwd, interrupt, onServing }: Options): Promise<Outcome> {
  const preload = `${repository}/test/setup/tell-when-up.ts`;
  // What the test runner wants of its own processes is not meant for this one.
  const { FORCE_COLOR: _color, NODE_OPTIONS: _options, NODE_ENV: _mode, ...env } = process.env;
  const child = spawn(process.execPath, ["--import", preload, file], {
    cwd,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...env, NO_COLOR: "1" },
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));

  const stoppable = Promise.withResolvers<void>();
  const serving = Promise.withResolvers<number>();
  child.on("message", (message: { stoppable?: boolean; listening?: number }) => {
    if (message.stoppable) stoppable.resolve();
    if (message.listening !== undefined) serving.resolve(message.listening);
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, output }));
  });

  const interrupted = async () => {
    await stoppable.promise;
    const port = await Promise.race([serving.promise, delay(500)]);
    if (port !== undefined) await onServing?.(`http://127.0.0.1:${port}`);
    child.kill("SIGINT");
  };
  if (interrupt) await Promise.race([ended, interrupted()]);
  return await ended;
}
