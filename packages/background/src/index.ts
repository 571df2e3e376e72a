// Child processes
export {
  type ChildProcess,
  childProcess,
  type LineContext,
  type LineFunction,
  type ProcessOptions,
} from "./process/child-process.ts";
export { ProcessError, type ProcessExit } from "./process/process-error.ts";

// Facts and errors
export { backgroundErrorCodes } from "./errors/background-error-codes.ts";
export type { ProcessFacts } from "./process/process-facts.ts";
