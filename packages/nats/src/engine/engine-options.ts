import { type Duration, milliseconds } from "@pawl/kernel";
import type { NatsAddress } from "../connection/nats-address.ts";
import { NatsUrlError } from "../errors/nats-errors.ts";

/** How messages are kept: what stands in the URL behind the `?`. */
export interface EngineOptions {
  /** The name of the stream; that of dead letters has `-dead` behind it. */
  readonly stream: string;
  /** On how many servers of a cluster; undefined where the stream is left as it is. */
  readonly replicas: number | undefined;
  /** How long a message is kept that a group has not worked off, in milliseconds; undefined where it is left as it is. */
  readonly maxAge: number | undefined;
}

const known = ["stream", "replicas", "maxAge"];

/** @throws NatsUrlError */
export function engineOptions({ options }: NatsAddress): EngineOptions {
  for (const name of options.keys()) {
    if (!known.includes(name)) throw new NatsUrlError(`has an option "${name}"; there are ${known.join(", ")}`);
  }
  const stream = options.get("stream") ?? "PAWL";
  if (!/^[\w-]{1,64}$/.test(stream)) {
    throw new NatsUrlError("has a name of a stream that is not made of letters, digits, _ and - alone");
  }
  const replicas = options.get("replicas") ?? undefined;
  if (replicas !== undefined && !/^[1-5]$/.test(replicas)) throw new NatsUrlError("has replicas that are not 1 to 5");
  return {
    stream,
    replicas: replicas === undefined ? undefined : Number(replicas),
    maxAge: age(options.get("maxAge")),
  };
}

function age(text: string | null): number | undefined {
  if (text === null) return undefined;
  try {
    return milliseconds(text as Duration, "maxAge");
  } catch {
    throw new NatsUrlError('has a maxAge that is no duration, such as "7d"');
  }
}
