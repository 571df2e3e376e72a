import type { EngineMessage } from "@pawl/messages/extend";
import type { Msg, MsgHdrs } from "../connection/connection.ts";

/** The header by which JetStream knows a message that it has already. */
export const idHeader = "Nats-Msg-Id";

/** The attributes of a message as headers: the binary mode of the CloudEvents binding of NATS. */
export function cloudEventHeaders(message: EngineMessage): Record<string, string> {
  const { id, event, time, source, key, contentType, headers } = message;
  const values: Record<string, string> = {
    [idHeader]: encoded(id),
    "ce-specversion": "1.0",
    "ce-id": encoded(id),
    "ce-type": encoded(event),
    "ce-source": encoded(source),
    "ce-time": new Date(time).toISOString(),
    "ce-datacontenttype": contentType,
  };
  if (key !== undefined) values["ce-partitionkey"] = encoded(key);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) values[name] = encoded(value);
  }
  return values;
}

/** The message that headers and data tell of; what another publisher has left out is taken from `known`. */
export function cloudEvent(
  { data, headers }: Pick<Msg, "data" | "headers">,
  known: { readonly id: string; readonly event: string; readonly time: number },
): EngineMessage {
  const values = new Map<string, string>();
  const carried: Record<string, string> = {};
  for (const [name, [value = ""]] of headers ?? ([] as unknown as MsgHdrs)) {
    const lower = name.toLowerCase();
    if (lower.startsWith("ce-")) values.set(lower.slice(3), decoded(value));
    else if (!lower.startsWith("nats-") && !lower.startsWith("pawl-")) carried[lower] = decoded(value);
  }
  const time = Date.parse(values.get("time") ?? "");
  return {
    id: values.get("id") ?? known.id,
    event: values.get("type") ?? known.event,
    time: Number.isNaN(time) ? known.time : time,
    source: values.get("source") ?? "",
    key: values.get("partitionkey"),
    contentType: values.get("datacontenttype") ?? "application/json",
    headers: carried,
    // Node's Buffer is one with more to it, which no payload is to have.
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}

const plain = /^[\x21\x23-\x24\x26-\x7e]*$/;

/** Percent-encoded where a header could not carry it, as the binding says. */
function encoded(value: string): string {
  if (plain.test(value)) return value;
  return value.toWellFormed().replace(/[^\x21\x23-\x24\x26-\x7e]+/gu, encodeURIComponent);
}

function decoded(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
