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

/** The server could not listen. */
export class ListenError extends StartError {
  constructor(path: string, at: ListenAt, cause: NodeJS.ErrnoException) {
    const [code, message] = "socket" in at ? ofSocket(at.socket, cause) : ofPort(at.port, at.host, cause);
    super(code, `${path}: ${message}`, { path, cause });
  }
}

type Told = readonly [code: keyof typeof httpErrorCodes, message: string];

function ofPort(port: number, host = "every address", cause: NodeJS.ErrnoException): Told {
  if (cause.code === "EADDRINUSE") {
    return [
      "PAWL_HTTP_PORT_IN_USE",
      `port ${port} is taken on ${host}, by another program or another app of this one. Stop that one, or choose another: http: { port: ${another(port)} }; 0 takes any free port`,
    ];
  }
  const next =
    cause.code === "EACCES"
      ? "Ports below 1024 need rights that this process does not have: choose a higher one, http: { port: 3000 }"
      : "Correct http: { host, port }";
  return ["PAWL_HTTP_CANNOT_LISTEN", `cannot listen on ${host}, port ${port} (${reason(cause)}). ${next}`];
}

function ofSocket(path: string, cause: NodeJS.ErrnoException): Told {
  if (cause.code === "EADDRINUSE") {
    return [
      "PAWL_HTTP_SOCKET_IN_USE",
      `somebody listens on the socket ${path} already. Stop that program, or choose another path: http: { socket }`,
    ];
  }
  const next =
    cause.code === "ENOTSOCK"
      ? "There is a file of another kind: move it away, or choose another path"
      : // Of a folder that is not there the platform says EACCES, too.
        "See to it that its folder is there and that this process may write to it, or choose another path";
  return [
    "PAWL_HTTP_CANNOT_LISTEN",
    `cannot listen on the socket ${path} (${reason(cause)}). ${next}: http: { socket }`,
  ];
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
