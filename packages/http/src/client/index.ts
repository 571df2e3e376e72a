// What calls actions elsewhere, without the server half (`@pawl/http/client`).
export type {
  ActionPath,
  CallOptions,
  Client,
  PerformArgs,
  PerformPath,
  PerformResult,
  Wire,
} from "./action-types.ts";
export { client, perform } from "./client.ts";
export { ConnectionError, RemoteError } from "./remote-errors.ts";
