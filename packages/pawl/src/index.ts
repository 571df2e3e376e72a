export * from "@pawl/cli";
export * from "@pawl/http";
export * from "@pawl/kernel";
export { App, type AppConfig, type ControlConfig } from "./app.ts";
export type { Events, Services } from "./registry.ts";
