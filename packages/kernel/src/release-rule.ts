import { isPromiseLike } from "./bounded.ts";
import { messageOf } from "./errors/errors.ts";
import { PawlTypeError } from "./errors/pawl-error.ts";

/** What `own` can release by itself: one of these methods, callable without arguments. */
export type Releasable =
  | AsyncDisposable
  | Disposable
  | { stop(): unknown }
  | { close(): unknown }
  | { quit(): unknown }
  | { end(): unknown }
  | { disconnect(): unknown }
  | { destroy(): unknown }
  | { terminate(): unknown }
  | { kill(): unknown };

const methods = [
  Symbol.asyncDispose,
  Symbol.dispose,
  "stop",
  "close",
  "quit",
  "end",
  "disconnect",
  "destroy",
  "terminate",
  "kill",
] as const;

interface NodeWritable {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  end(): unknown;
  destroy(): unknown;
  once(event: "finish" | "error" | "close", listener: (error?: Error) => void): unknown;
  off(event: "finish" | "error" | "close", listener: (error?: Error) => void): unknown;
}

function isNodeWritable(value: object): value is NodeWritable {
  const stream = value as Partial<NodeWritable>;
  return (
    typeof stream.writableFinished === "boolean" &&
    typeof stream.end === "function" &&
    typeof stream.once === "function"
  );
}

/** Ends a writable and waits until what was written has been taken. */
async function finish(stream: NodeWritable): Promise<void> {
  if (!stream.writableFinished && !stream.destroyed) await finished(stream);
  // A socket stays open until its peer has ended too; as Node's own `destroySoon`, it is let go when all is written.
  if ("destroySoon" in stream && !stream.destroyed) stream.destroy();
}

function finished(stream: NodeWritable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      stream.off("finish", settle);
      stream.off("close", settle);
      stream.off("error", settle);
      if (error) reject(error);
      else resolve();
    };
    stream.once("finish", settle);
    stream.once("close", settle);
    stream.once("error", settle);
    stream.end();
  });
}

/**
 * How a value is released: `end` and wait for `finish` on a Node Writable, else the first method it has of
 * `Symbol.asyncDispose`, `Symbol.dispose`, `stop`, `close`, `quit`, `end`, `disconnect`, `destroy`, `terminate`, `kill`.
 * Undefined where it has none.
 */
export function releaseRule(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  if (isNodeWritable(value)) return () => finish(value);
  for (const method of methods) {
    const release = (value as Record<PropertyKey, unknown>)[method];
    if (typeof release === "function") return () => release.call(value) as unknown;
  }
  return undefined;
}

/** @throws TypeError `PAWL_NOT_RELEASABLE` naming what was tried */
export function requireReleaseRule(value: unknown): () => unknown {
  // A promise has none of the methods; what has one and can be awaited too, as a child process of execa, is a resource.
  const rule = releaseRule(value);
  if (rule) return rule;
  const tried = methods
    .map((method) =>
      typeof method === "symbol" ? `[${method === Symbol.dispose ? "Symbol.dispose" : "Symbol.asyncDispose"}]` : method,
    )
    .join(", ");
  throw new PawlTypeError(
    "PAWL_NOT_RELEASABLE",
    isPromiseLike(value)
      ? "own(): a promise is not the resource; await it first: this.own(await connect())"
      : `own(): ${nameOf(value)} has none of the methods that could release it (tried: end on a stream, ${tried}); pass how to release it: this.own(x, (x) => …)`,
  );
}

/** A short name of a value, for labels and errors. */
export function nameOf(value: unknown): string {
  if (typeof value === "function") return value.name || "function";
  if (typeof value !== "object" || value === null) return messageOf(value);
  const { constructor: type } = value as { constructor?: { name?: unknown } };
  return typeof type?.name === "string" && type.name !== "" ? type.name : "object";
}
