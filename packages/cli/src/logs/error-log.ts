import { type ErrorOrigin, type Logger, PawlError } from "@pawl/kernel";

/** What is told of errors. */
export interface ErrorLogOptions {
  /** Whether the program reads its command line now, so that errors tell the flags that mend them. @default false */
  readonly hasFlags?: () => boolean;
}

/** An `onError` that writes every error with its owner path and what was running. */
export function logErrors(
  logger: Logger,
  { hasFlags = () => false }: ErrorLogOptions = {},
): (error: unknown, origin: ErrorOrigin) => void {
  return (error, { path, label, event }) => {
    const log = logger.child({ service: path });
    if (isListenError(error)) {
      // Nothing of the program has failed: its stack would only hide what to do.
      log.error({ code: error.code }, hasFlags() ? withFlags(error) : withoutPath(error));
      return;
    }
    const during = event === undefined ? label : `${label}, while "${event}" was delivered`;
    // pino takes an error by this name, stack and causes included.
    log.error({ err: error }, during);
  };
}

/** A server that could not listen, as `@pawl/http` tells it. */
interface ListenError extends PawlError {
  readonly problem: string;
  readonly advice: string;
  readonly option: string;
  readonly example?: number | undefined;
}

function isListenError(error: unknown): error is ListenError {
  return PawlError.is(error) && "problem" in error && "advice" in error && "option" in error;
}

/** With the ways by which `main()` lets an option of HTTP be set. */
function withFlags({ problem, advice, option, example }: ListenError): string {
  const value = (before: string) => (example === undefined ? "" : `${before}${example}`);
  const ways = `--http-${option}${value(" ")}, HTTP_${option.toUpperCase()}${value("=")} or http: { ${option}${value(": ")} }`;
  return `${problem}. ${advice}: ${ways}`;
}

/** The line has it already, as its service. */
function withoutPath({ path, message }: ListenError): string {
  const before = `${path}: `;
  return message.startsWith(before) ? message.slice(before.length) : message;
}
