import type { ErrorOrigin, Logger } from "@pawl/kernel";

/** An `onError` that writes every error with its owner path and what was running. */
export function logErrors(logger: Logger): (error: unknown, origin: ErrorOrigin) => void {
  return (error, { path, label, event }) => {
    const during = event === undefined ? label : `${label}, while "${event}" was delivered`;
    // pino takes an error by this name, stack and causes included.
    logger.child({ service: path }).error({ err: error }, during);
  };
}
