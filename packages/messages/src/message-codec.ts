import type { EngineMessage } from "./engine.ts";
import { MessagePayloadError } from "./errors/message-errors.ts";

const json = "application/json";
const octets = "application/octet-stream";
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/**
 * A payload as it travels: JSON, or the bytes of a `Uint8Array` as they are.
 *
 * @throws MessagePayloadError for what JSON cannot say
 */
export function encodePayload(event: string, payload: unknown): Pick<EngineMessage, "contentType" | "data"> {
  // What is given may change after it was published.
  if (payload instanceof Uint8Array) return { contentType: octets, data: Uint8Array.from(payload) };
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    throw new MessagePayloadError(event, "cannot be written as JSON", error);
  }
  // `undefined` is a payload too: that of an event without one.
  if (text === undefined && payload !== undefined) {
    throw new MessagePayloadError(event, `cannot be written as JSON: it is a ${typeof payload}`);
  }
  return { contentType: json, data: text === undefined ? new Uint8Array() : encoder.encode(text) };
}

/** @throws MessagePayloadError for what is no JSON */
export function decodePayload({ event, contentType, data }: EngineMessage): unknown {
  if (contentType === octets) return data;
  if (data.length === 0) return undefined;
  try {
    return JSON.parse(decoder.decode(data)) as unknown;
  } catch (error) {
    throw new MessagePayloadError(event, "is no JSON", error);
  }
}
