import type { EngineMessage } from "../engine.ts";
import type { SqliteValue } from "./sqlite-connection.ts";

/** The values of `id, event, time, source, key, content_type, headers, data`. */
export function rowOfMessage(message: EngineMessage): readonly SqliteValue[] {
  const { id, event, time, source, key = null, contentType, headers, data } = message;
  return [id, event, Math.round(time), source, key, contentType, JSON.stringify(headers), data];
}

export function messageOfRow(row: Readonly<Record<string, unknown>>): EngineMessage {
  return {
    id: String(row.id),
    event: String(row.event),
    time: Number(row.time),
    source: String(row.source),
    key: row.key === null || row.key === undefined ? undefined : String(row.key),
    contentType: String(row.content_type),
    headers: JSON.parse(String(row.headers)) as Record<string, string>,
    data: row.data as Uint8Array,
  };
}
