import { PawlError, PawlTypeError, StartError } from "@pawl/kernel";
import type { httpErrorCodes } from "./http-error-codes.ts";

type RouteErrorCode = Extract<keyof typeof httpErrorCodes, `${string}ROUTE${string}`>;

/** Routes that cannot be served: found when the app starts. `path` is the owner path of the controller, or a file. */
export class RouteError extends StartError {
  constructor(
    code: RouteErrorCode,
    message: string,
    options: { readonly path?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}

/** An entry of `routes` that can be no route whatever it does: found when the app is made. */
export function badRoute(message: string): PawlTypeError {
  return new PawlTypeError("PAWL_HTTP_BAD_ROUTE", message);
}

/** One place to listen at. */
export type ListenAt =
  | { readonly port: number; readonly host: string | undefined }
  | { readonly socket: string; readonly socketMode: number };

/** What is wrong, and by which option of `http` it is mended. */
interface Told {
  readonly code: keyof typeof httpErrorCodes;
  readonly problem: string;
  readonly advice: string;
  readonly option: "port" | "host" | "socket";
  /** A value that would do. */
  readonly example?: number;
}

/**
 * The server could not listen. Its message tells the option in code that mends it; who knows other ways to set that, such as
 * a command line, tells `problem` and `advice` with them.
 */
export class ListenError extends StartError {
  /** `port 3000 is taken on 127.0.0.1` */
  readonly problem: string;
  /** What to do, to be followed by how `option` is set. */
  readonly advice: string;
  /** Of `http`. */
  readonly option: "port" | "host" | "socket";
  /** A value that would do. */
  readonly example: number | undefined;

  constructor(path: string, at: ListenAt, cause: NodeJS.ErrnoException) {
    const { code, problem, advice, option, example } =
      "socket" in at ? ofSocket(at.socket, cause) : ofPort(at.port, at.host, cause);
    const inCode = example === undefined ? option : `${option}: ${example}`;
    super(code, `${path}: ${problem}. ${advice}: http: { ${inCode} }`, { path, cause });
    this.problem = problem;
    this.advice = advice;
    this.option = option;
    this.example = example;
  }
}

function ofPort(port: number, host = "every address", cause: NodeJS.ErrnoException): Told {
  if (cause.code === "EADDRINUSE") {
    return {
      code: "PAWL_HTTP_PORT_IN_USE",
      problem: `port ${port} is taken on ${host}, by another program or another app of this one`,
      advice: "Stop that one, or choose another port (0 takes any free one)",
      option: "port",
      example: another(port),
    };
  }
  const code = "PAWL_HTTP_CANNOT_LISTEN";
  const problem = `cannot listen on ${host}, port ${port} (${reason(cause)})`;
  if (cause.code !== "EACCES") return { code, problem, advice: "Correct the address", option: "host" };
  const advice = "Ports below 1024 need rights that this process does not have: choose a higher one";
  return { code, problem, advice, option: "port", example: 3000 };
}

function ofSocket(path: string, cause: NodeJS.ErrnoException): Told {
  if (cause.code === "EADDRINUSE") {
    return {
      code: "PAWL_HTTP_SOCKET_IN_USE",
      problem: `somebody listens on the socket ${path} already`,
      advice: "Stop that program, or choose another path",
      option: "socket",
    };
  }
  const advice =
    cause.code === "ENOTSOCK"
      ? "There is a file of another kind: move it away, or choose another path"
      : // Of a folder that is not there the platform says EACCES, too.
        "See to it that its folder is there and that this process may write to it, or choose another path";
  const problem = `cannot listen on the socket ${path} (${reason(cause)})`;
  return { code: "PAWL_HTTP_CANNOT_LISTEN", problem, advice, option: "socket" };
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message;
}

function another(port: number): number {
  return port < 65_535 ? port + 1 : 3000;
}

/** What reading the body of a request rejects with where it is too large; unless it is caught, the answer is 413. */
export class BodyTooLargeError extends PawlError {
  readonly limit: number;

  constructor(limit: number) {
    super(
      "PAWL_HTTP_BODY_TOO_LARGE",
      `the body of a request is larger than ${limit} bytes; larger ones are taken with http: { bodyLimit }`,
    );
    this.limit = limit;
  }
}
