import { formatDuration, PawlError, PawlTypeError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type {} from "./message-error-codes.ts";

/** A payload that cannot travel, or that came and is not what it should be. */
export class MessagePayloadError extends PawlTypeError {
  constructor(event: string, what: string, cause?: unknown) {
    super("PAWL_MESSAGE_BAD_PAYLOAD", `the payload of "${event}" ${what}${because(cause)}`, { cause });
  }
}

/** The engine has not taken a message, as far as is known: it may be published again with the same `id`. */
export class MessageNotPublishedError extends PawlError {
  /** Of the message: whoever publishes again with it delivers nothing twice. */
  readonly id: string;

  /** @param lateMs how long the engine was waited for, where that was all the time there was */
  constructor(path: string, event: string, id: string, lateMs: number | undefined, engine: string, cause: unknown) {
    const within = lateMs === undefined ? "" : ` within ${formatDuration(lateMs)}`;
    const why = because(cause);
    const orElse = lateMs === undefined ? "" : ", or raise timeout";
    super(
      "PAWL_MESSAGE_NOT_PUBLISHED",
      `${path}: "${event}" was not taken by ${engine}${within}${why}${/[.?!]$/.test(why) ? "" : "."} Publish it again with { id: "${id}" }, which delivers nothing twice${orElse}`,
      { path, cause },
    );
    this.id = id;
  }
}

/** A group holds as many messages as it may. */
export class MessagesFullError extends PawlError {
  constructor(group: string, capacity: number) {
    super(
      "PAWL_MESSAGES_FULL",
      `the group "${group}" holds ${capacity} messages that are not worked off, as many as it may. Add processes to it, or raise its concurrency`,
    );
  }
}

/** A kernel has one service for messages, which comes before all who use it. */
export class MessagesTakenError extends PawlError {
  constructor(path: string, other: string | undefined) {
    super(
      "PAWL_MESSAGES_TAKEN",
      other === undefined
        ? `${path}: messages were published or subscribed to before it started, and went to memory. List it before all who do that`
        : `${path}: messages of this app are kept by ${other} already. Take one of the two out`,
      { path },
    );
  }
}

/** No engine goes by a URL. Of that only the scheme is told: what stands after it may be a password. */
export class MessagesUrlError extends PawlTypeError {
  constructor(url: string, why: string, cause?: unknown) {
    super("PAWL_MESSAGES_BAD_URL", `messages: ${schemeOf(url)} ${why}`, { cause });
  }
}

/** No database with an outbox goes by a URL, of which only the scheme is told. */
export class OutboxUrlError extends PawlTypeError {
  constructor(url: string, why: string, cause?: unknown) {
    super("PAWL_OUTBOX_BAD_URL", `new Outbox({ url }): ${schemeOf(url)} ${why}`, { cause });
  }
}

function because(cause: unknown): string {
  return cause === undefined ? "" : `: ${messageOf(cause)}`;
}

function schemeOf(url: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:/i.exec(url)?.[0];
  return scheme === undefined ? "a URL without a scheme" : `a URL that begins with "${scheme}"`;
}
