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

/** The server could not listen. */
export class ListenError extends StartError {
  constructor(
    path: string,
    where: { readonly port: number; readonly host: string | undefined },
    cause: NodeJS.ErrnoException,
  ) {
    const address = `${where.host ?? "every address"}, port ${where.port}`;
    if (cause.code === "EADDRINUSE") {
      super(
        "PAWL_HTTP_PORT_IN_USE",
        `${path}: port ${where.port} is taken, by another program or another app of this one. Stop that one, or choose another: http: { port: ${where.port + 1} }; 0 takes any free port`,
        { path, cause },
      );
    } else {
      const next =
        cause.code === "EACCES"
          ? "Ports below 1024 need rights that this process does not have: choose a higher one, http: { port: 3000 }"
          : "Correct http: { host, port }";
      super(
        "PAWL_HTTP_CANNOT_LISTEN",
        `${path}: cannot listen on ${address} (${cause.code ?? cause.message}). ${next}`,
        {
          path,
          cause,
        },
      );
    }
  }
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
