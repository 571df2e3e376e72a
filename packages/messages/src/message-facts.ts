/** The facts of messages. `path` is the owner path, `id` that of the message, `ms` in milliseconds. */
export interface MessageFacts {
  /** The engine has taken a message. */
  "message.published": { readonly path: string; readonly event: string; readonly id: string; readonly ms: number };
  /** A handler is called; `attempt` is 1 for the first. */
  "message.started": MessageTry;
  "message.ended": MessageTry & { readonly ms: number; readonly error?: unknown };
  /** It failed, and is tried again after `ms`. */
  "message.retried": MessageTry & { readonly ms: number; readonly error: unknown };
  /** It failed for good, and is kept as a dead letter. */
  "message.dead": MessageTry & { readonly error: unknown };
}

/** One try of one message by one group. */
export interface MessageTry {
  readonly path: string;
  readonly group: string;
  readonly event: string;
  readonly id: string;
  readonly attempt: number;
}

declare module "@pawl/kernel" {
  interface Facts extends MessageFacts {}
}
