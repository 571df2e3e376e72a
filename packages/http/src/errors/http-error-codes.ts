/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const httpErrorCodes = {
  PAWL_HTTP_BAD_ROUTE: "a route cannot be served as it stands",
  PAWL_HTTP_BODY_TOO_LARGE: "a request brought a larger body than bodyLimit allows",
  PAWL_HTTP_CANNOT_LISTEN: "the server cannot listen on its host and port, or on its socket",
  PAWL_HTTP_BAD_ANSWER: "what answered a call of an action is not what an app answers",
  PAWL_HTTP_CONNECTION: "the app that an action was to be called of could not be reached, or the connection broke",
  PAWL_HTTP_PORT_IN_USE: "the port is taken",
  PAWL_HTTP_SOCKET_IN_USE: "somebody listens on the socket already",
  PAWL_HTTP_ROUTE_TAKEN: "two routes answer the same method and path",
} as const;

type HttpErrorCodes = Record<keyof typeof httpErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends HttpErrorCodes {}
}
