import { type RemoteAnswer, type RemoteTransport, timeoutHeader } from "@pawl/http/extend";
import { actionSubject, cancelSubject, statusHeader } from "../actions/action-subjects.ts";
import { headerOf } from "../connection/connection.ts";
import { NatsNobodyError } from "../errors/nats-errors.ts";
import type { Opened } from "./nats-client.ts";

/** Takes calls over NATS: what HTTP says with paths and statuses stands in subjects and headers. */
export function natsTransport(open: () => Promise<Opened>, app: string, url: string): RemoteTransport {
  return {
    urlOf: (service, action) => new URL(`nats://app/${service}/${action}`),
    async send({ service, action, body, headers, timeout, answerLimit, signal }): Promise<RemoteAnswer> {
      const { connection, requests } = await open();
      if (!connection.isUp) await connection.untilUp(signal);
      const answer = await requests.send(
        actionSubject(app, service, action),
        body ?? "",
        { ...headers, [timeoutHeader]: String(timeout) },
        signal,
        // Who answers knows the call by where its answer goes.
        (reply) => connection.raw.publish(cancelSubject(app), reply),
      );
      if (answer.headers?.code === 503) throw new NatsNobodyError(url, app, `${service}.${action}`);
      const told = headerOf(answer, statusHeader);
      const text = answer.data.byteLength > answerLimit ? undefined : answer.string();
      // What went well needs no word.
      const status = told === undefined ? (text === "" ? 204 : 200) : Number(told);
      return { status: status >= 200 && status <= 599 ? status : 502, isJson: true, text };
    },
  };
}
