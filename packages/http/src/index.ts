// Administration
export type { ReadyAnswer } from "./health/health-answer.ts";
export type { AdminSettings, ControlSettings, StatusReport } from "./admin/admin.ts";
// Calls of actions elsewhere
export {
  type ActionPath,
  type CallOptions,
  type Client,
  ConnectionError,
  client,
  type PerformArgs,
  type PerformPath,
  type PerformResult,
  perform,
  RemoteError,
  type Wire,
} from "./client/index.ts";
// Controllers and their pages
export type { AnyHono, HttpConfig, HttpOptions, OpenApiInfo, Routes } from "./config.ts";
export type { Context, HttpBindings, HttpEnv, HttpVariables } from "./context.ts";
export { Controller, type ControllerClass, type PageData, type Router } from "./controller.ts";
export { httpErrorCodes } from "./errors/http-error-codes.ts";
// Errors
export { BodyTooLargeError, ListenError, RouteError } from "./errors/http-errors.ts";
export type { Problem } from "./errors/problem.ts";
// The server
export type { HttpFacts } from "./http-facts.ts";
export { HttpParts, type ProgramSettings } from "./http-parts.ts";
// Pages
export { type Html, jsonScript } from "./page/html.ts";
export { defaultShell, type Shell, type ShellProps } from "./page/shell.ts";
export { HttpServer, type HttpServerConfig } from "./server/http-server.ts";
