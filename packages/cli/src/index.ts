// The command line
export type { Face, HttpFlags } from "./command-line/app-options.ts";
export { main } from "./command-line/main.ts";
export { programVersion, programVersionNumber } from "./command-line/program.ts";
export { controlSocketPath } from "./control/control-directory.ts";

export { cliErrorCodes } from "./errors/cli-error-codes.ts";
// Logs
export { type AppLogger, createLogger } from "./logs/create-logger.ts";
export { type ErrorLogOptions, logErrors } from "./logs/error-log.ts";
export { logLifecycle } from "./logs/lifecycle-log.ts";
export {
  type LogFormat,
  type LoggerOptions,
  type LogLevel,
  type LogSettings,
  type LogStream,
  logFormats,
  logLevels,
} from "./logs/logger-options.ts";
export { withoutAdmin } from "./logs/without-admin.ts";
