import { PawlError, PawlTypeError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type {} from "./nats-error-codes.ts";

/** The URL of a server that cannot be read. It is not quoted: what stands in it may be a password. */
export class NatsUrlError extends PawlTypeError {
  constructor(why: string) {
    super("PAWL_NATS_BAD_URL", `the URL of the NATS server ${why}; give one such as "nats://127.0.0.1:4222"`);
  }
}

/** A server could not be reached, or the connection to it was lost. */
export class NatsConnectionError extends PawlError {
  constructor(url: string, what: string, cause?: unknown) {
    const said = cause === undefined ? "" : messageOf(cause);
    const why = said === "" ? "" : ` (${said})`;
    const next = /authorization|authentication/i.test(said)
      ? "See to the name, password or token before the @ of its URL"
      : "Does the NATS server run there?";
    super("PAWL_NATS_CONNECTION", `${url}: ${what}${why}. ${next}`, { cause });
  }
}

/** A server without JetStream keeps no messages. */
export class NatsNoJetStreamError extends PawlError {
  constructor(url: string, cause: unknown) {
    super(
      "PAWL_NATS_NO_JETSTREAM",
      `${url}: the NATS server there keeps no messages: JetStream is off, or not allowed for this account. Start it with -js, or with "jetstream {}" in its configuration`,
      { cause },
    );
  }
}

/** A server has refused what it was asked for, and would again. */
export class NatsRefusedError extends PawlError {
  constructor(url: string, what: string, cause: unknown) {
    super("PAWL_NATS_REFUSED", `${url}: ${what}: ${messageOf(cause)}`, { cause });
  }
}

/** No process serves an action: none runs, or none that was started with it. One that is slow is a time-out instead. */
export class NatsNobodyError extends PawlError {
  constructor(url: string, app: string, action: string) {
    super(
      "PAWL_NATS_NOBODY",
      `${action}: nobody serves it at ${url} as the app "${app}". Does it run there, with NatsActions and that service?`,
    );
  }
}
