export * from "@pawl/cli";
export * from "@pawl/diagnostics";
export * from "@pawl/http";
export * from "@pawl/kernel";
export * from "@pawl/messages";
export { App, type AppConfig, type ControlConfig, type DiagnosticsConfig } from "./app.ts";
export type { MessagesConfig } from "./messages-provider.ts";
export type { Events, Services } from "./registry.ts";
