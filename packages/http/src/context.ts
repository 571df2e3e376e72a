import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context as HonoContext } from "hono";

/** Variables of a request (`c.set`, `c.get`); a program adds its own by `declare module "@pawl/http"`. */
export interface HttpVariables {
  /** The title of the page, for the shell. */
  title?: string;
}

/** What `c.env` holds. */
export interface HttpBindings {
  /** Aborted with an `AbortError` when the client has gone, or when the server stops and waits no longer for the answer. */
  readonly signal: AbortSignal;
  /**
   * Node's own objects; undefined for what came by `app.fetch()`. The stream of a request without a body has ended before
   * anybody can listen: who looks out for a client that goes, looks at `signal`.
   */
  readonly incoming: IncomingMessage | undefined;
  readonly outgoing: ServerResponse | undefined;
}

export interface HttpEnv {
  Variables: HttpVariables;
  Bindings: HttpBindings;
}

/** Hono's context; name the route to have its parameters typed: `Context<"/blog/:slug">`. */
export type Context<Path extends string = string> = HonoContext<HttpEnv, Path>;
