export * from "@pawl/http";
export * from "@pawl/kernel";
export { App, type AppConfig } from "./app.ts";
export { type TerminalLoggerOptions, terminalLogger } from "./logs/terminal-logger.ts";
export type { Events, Services } from "./registry.ts";
