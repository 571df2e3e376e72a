import type { Msg } from "../connection/connection.ts";

/** A message as a consumer has delivered it. */
export interface Delivery {
  readonly msg: Msg;
  /** The consumer. */
  readonly consumer: string;
  /** Where it is settled. */
  readonly reply: string;
  /** How often the server has delivered it, this time included. */
  readonly count: number;
  /** Of the message in its stream: the same at each delivery, and of no other message, also of a stream made anew. */
  readonly place: string;
  /** When it came into the stream, in milliseconds since 1970. */
  readonly time: number;
  /** When it came here, on the clock. */
  readonly at: number;
}

/** Reads `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<count>.<seq>.<delivery>.<nanoseconds>.<pending>[.<token>]`. */
export function deliveryOf(msg: Msg, at: number): Delivery | undefined {
  const reply = msg.reply ?? "";
  const tokens = reply.split(".");
  if (tokens.length < 9 || tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  const from = tokens.length === 9 ? 4 : 6;
  const [consumer = "", count, seq, , nanoseconds = "0"] = tokens.slice(from - 1);
  return {
    msg,
    consumer,
    reply,
    count: Number(count),
    place: `${seq}-${nanoseconds}`,
    time: Number(nanoseconds) / 1e6,
    at,
  };
}
