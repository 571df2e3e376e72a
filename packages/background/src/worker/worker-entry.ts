import { type MessagePort, parentPort } from "node:worker_threads";
import { carry, rebuilt } from "./carried-error.ts";
import type { FromThread, Opening, ToThread } from "./worker-messages.ts";

// The first file of every worker thread: loads the module that it was given, and calls what that exports. It talks on a
// port of its own; that of the thread is left to the module.

/** The calls under way. */
const running = new Map<number, AbortController>();

async function serve({ url, port }: Opening): Promise<void> {
  const tell = (message: FromThread) => port.postMessage(message);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(url);
  } catch (error) {
    tell({ kind: "notLoaded", error: carry(error) });
    return;
  }
  port.on("message", (message: ToThread) => {
    if (message.kind === "call") void answer(port, module, message);
    else running.get(message.id)?.abort(rebuilt(message.error));
  });
  tell({ kind: "ready", names: Object.keys(module).filter((name) => typeof module[name] === "function") });
}

async function answer(
  port: MessagePort,
  module: Readonly<Record<string, unknown>>,
  { id, name, args }: Extract<ToThread, { kind: "call" }>,
): Promise<void> {
  const controller = new AbortController();
  const tell = (message: FromThread) => port.postMessage(message);
  running.set(id, controller);
  try {
    const fn = module[name] as (...args: readonly unknown[]) => unknown;
    tell({ kind: "result", id, value: await fn.apply({ signal: controller.signal }, [...args]) });
  } catch (error) {
    // Also where the value cannot be cloned.
    tell({ kind: "failure", id, error: carry(error) });
  } finally {
    running.delete(id);
  }
}

parentPort?.once("message", (opening: Opening) => void serve(opening));
