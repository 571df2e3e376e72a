import { actionSubject, callHeader, cancelSubject, statusHeader } from "../actions/action-subjects.ts";
import { headerOf } from "../connection/connection.ts";
import { NatsNobodyError } from "../errors/nats-errors.ts";
import type { Opened } from "./nats-client.ts";

let calls = 0;
const caller = crypto.randomUUID();

/** Makes the requests of a client over NATS: what HTTP says with paths and statuses stands in subjects and headers. */
export function natsFetch(open: () => Promise<Opened>, app: string, url: string): typeof fetch {
  return async (input, init = {}) => {
    const [service = "", action = ""] = new URL(String(input)).pathname.slice(1).split("/").map(decodeURIComponent);
    const signal = init.signal ?? new AbortController().signal;
    const { connection, requests } = await open();
    await connection.untilUp(signal);
    const id = `${caller}-${++calls}`;
    const headers = { ...(init.headers as Record<string, string>), [callHeader]: id };
    const cancel = () => {
      if (connection.isUp) connection.raw.publish(cancelSubject(app), id);
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const body = typeof init.body === "string" ? init.body : "";
      const answer = await requests.send(actionSubject(app, service, action), body, headers, signal);
      if (answer.headers?.code === 503) throw new NatsNobodyError(url, app, `${service}.${action}`);
      const status = Number(headerOf(answer, statusHeader));
      const type = status === 200 ? "application/json" : "application/problem+json";
      return new Response(status === 204 ? null : new Uint8Array(answer.data), {
        status: status >= 200 && status <= 599 ? status : 502,
        headers: { "Content-Type": type },
      });
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}
