export { natsEngine } from "./engine/nats-engine.ts";
export { natsErrorCodes } from "./errors/nats-error-codes.ts";
export { NatsConnectionError, NatsNoJetStreamError, NatsRefusedError, NatsUrlError } from "./errors/nats-errors.ts";
