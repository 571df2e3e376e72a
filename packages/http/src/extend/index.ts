// What other transports of actions share with HTTP; programs do not need it.

export {
  type ActionAnswer,
  type ActionCaller,
  actionProblem,
  failureAnswer,
  failureOf,
} from "../actions/action-problem.ts";
export { BadCall } from "../actions/bad-call.ts";
export { parseJson } from "../actions/json-body.ts";
export { timeoutHeader } from "../actions/timeout-header.ts";
export { clientOver } from "../client/client.ts";
export type { RemoteAnswer, RemoteCall, RemoteTransport } from "../client/remote-transport.ts";
