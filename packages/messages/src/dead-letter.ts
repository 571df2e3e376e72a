import type { EngineDeadLetter } from "./engine.ts";
import { decodePayload } from "./message-codec.ts";

/** A message that a group could not work off. */
export interface DeadLetter {
  /** Of the message. */
  readonly id: string;
  readonly event: string;
  readonly group: string;
  /** As it was published; the bytes of what is no JSON. */
  readonly payload: unknown;
  readonly key: string | undefined;
  /** The owner path of who has published it. */
  readonly source: string;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was given up, in milliseconds since 1970. */
  readonly deadAt: number;
  /** The message of its last error. */
  readonly error: string;
}

export function deadLetterOf({ message, group, attempts, deadAt, error }: EngineDeadLetter): DeadLetter {
  const { id, event, key, source, time } = message;
  let payload: unknown;
  try {
    payload = decodePayload(message);
  } catch {
    // That may be why it is dead.
    payload = message.data;
  }
  return { id, event, group, payload, key, source, time, attempts, deadAt, error };
}

/** As JSON can say it: bytes are a text in base64. */
export function printable(letter: DeadLetter): DeadLetter {
  const { payload } = letter;
  return payload instanceof Uint8Array
    ? { ...letter, payload: { base64: Buffer.from(payload).toString("base64") } }
    : letter;
}
