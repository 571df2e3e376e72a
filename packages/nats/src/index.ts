// Actions
export { NatsActions, type NatsActionsOptions } from "./actions/nats-actions.ts";
export { type NatsClient, type NatsClientOptions, natsClient } from "./client/nats-client.ts";
// Messages
export { natsEngine } from "./engine/nats-engine.ts";
// Errors
export { natsErrorCodes } from "./errors/nats-error-codes.ts";
export {
  NatsConnectionError,
  NatsNobodyError,
  NatsNoJetStreamError,
  NatsRefusedError,
  NatsUrlError,
} from "./errors/nats-errors.ts";
// Who is there
export { type InstancesOptions, instances, type NatsInstance } from "./presence/instances.ts";
