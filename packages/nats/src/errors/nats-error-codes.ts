/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const natsErrorCodes = {
  PAWL_NATS_BAD_URL: "the URL of a NATS server, or an option in it, cannot be read",
  PAWL_NATS_CONNECTION: "a NATS server could not be reached, or the connection to it was lost",
  PAWL_NATS_NO_JETSTREAM: "the NATS server keeps no messages: JetStream is off",
  PAWL_NATS_NOBODY: "nobody serves the action that was called over NATS",
  PAWL_NATS_REFUSED: "a NATS server has refused what it was asked for",
} as const;

type NatsErrorCodes = Record<keyof typeof natsErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends NatsErrorCodes {}
}
