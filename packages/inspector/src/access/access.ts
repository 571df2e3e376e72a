import type { Context, Router } from "@pawl/http";
import { HTTPException } from "hono/http-exception";
import type { InspectorSettings } from "../inspector-options.ts";
import type { AccessToken } from "./access-token.ts";
import { hostOf, isLocal } from "./local-request.ts";
import { tokenPage } from "./token-page.ts";

/** How somebody was let in. */
type Entrance = "local" | "bearer" | "cookie";

const cookieName = "pawl_inspector";

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Who may open the inspector, and who may press its buttons. Who may not learns nothing of the app. */
export class Access {
  readonly #token: AccessToken | undefined;
  /** Whether requests of this machine need the token as well. */
  readonly #tokenOnly: boolean;

  /** Whether nobody may. */
  readonly #isClosed: boolean;

  constructor({ token, production }: InspectorSettings, isProduction: boolean) {
    this.#token = token;
    this.#tokenOnly = isProduction;
    this.#isClosed = isProduction && !production;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Stands before all routes of the inspector. */
  guard(router: Router, route: string): void {
    router.use("*", async (c, next) => {
      c.header("Content-Security-Policy", contentSecurityPolicy);
      c.header("Cache-Control", "no-store");
      // Without one a browser says `Origin: null` for the form below.
      c.header("Referrer-Policy", "same-origin");
      if (this.#isClosed) return this.#turnAway(c, route);
      // Also where middleware of the app lets other sites read its answers.
      if (isForeign(c)) return c.body(null, 403);
      if (this.#token && c.req.path === `${route}/token` && c.req.method === "POST") return this.#enter(c, this.#token);
      const entrance = this.#entrance(c);
      if (entrance === undefined) return this.#turnAway(c, route);
      if (changesSomething(c) && !mayChange(c, entrance)) return c.body(null, 403);
      return next();
    });
  }

  #entrance(c: Context): Entrance | undefined {
    const token = this.#token;
    if (token) {
      const [, bearer] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
      if (bearer !== undefined && token.isToken(bearer)) return "bearer";
      const cookie = cookieOf(c);
      if (cookie !== undefined && token.isCookie(cookie)) return "cookie";
    }
    return !this.#tokenOnly && isLocal(c) ? "local" : undefined;
  }

  #turnAway(c: Context, route: string): Response | Promise<Response> {
    // Not c.notFound(): that would say which methods the route takes.
    if (!this.#token || this.#isClosed) throw new HTTPException(404);
    c.header("WWW-Authenticate", "Bearer");
    const isPage = c.req.path === route || c.req.path === `${route}/`;
    return isPage && c.req.method === "GET" ? c.html(tokenPage(route, false), 401) : c.body(null, 401);
  }

  /** Takes the token from the form. */
  async #enter(c: Context, token: AccessToken): Promise<Response> {
    const { token: given } = await c.req.parseBody();
    const { path } = c.req;
    const route = path.slice(0, path.lastIndexOf("/"));
    if (typeof given !== "string" || !token.isToken(given)) return c.html(tokenPage(route, true), 401);
    const secure = c.req.header("origin")?.startsWith("https:") ? "; Secure" : "";
    c.header("Set-Cookie", `${cookieName}=${token.cookie}; Path=${route}; HttpOnly; SameSite=Strict${secure}`);
    return c.redirect("./", 303);
  }
}

function cookieOf(c: Context): string | undefined {
  const [, value] = new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]+)`).exec(c.req.header("cookie") ?? "") ?? [];
  return value;
}

function changesSomething(c: Context): boolean {
  return c.req.method !== "GET" && c.req.method !== "HEAD";
}

/** A page of another site can send neither the header nor this origin; a program has a token. */
function mayChange(c: Context, entrance: Entrance): boolean {
  if (c.req.header("x-pawl-inspector") !== "1") return false;
  return c.req.header("origin") !== undefined || entrance === "bearer";
}

/** Whether a page of another site asks. */
function isForeign(c: Context): boolean {
  const origin = c.req.header("origin");
  return origin !== undefined && URL.parse(origin)?.host !== hostOf(c);
}
