import { Hono } from "hono";
import type { HttpEnv } from "../context.ts";
import { ErrorAnswers } from "../errors/error-answers.ts";
import { defaultShell } from "../page/shell.ts";
import { Exchange } from "./exchange.ts";

/** Answers every request with 503, and that the connection ends. */
export function turningAway(errors: ErrorAnswers): Hono<HttpEnv> {
  const router = new Hono<HttpEnv>();
  return router.all("*", (c) => {
    (c.env as Exchange).enter(undefined);
    return errors.unavailable(c, { Connection: "close" });
  });
}

/** The answer of an app that does not run. */
export function turnedAway(request: Request): Response | Promise<Response> {
  const errors = new ErrorAnswers("http", defaultShell, "Accept", () => {});
  return turningAway(errors).fetch(request, new Exchange(request.method === "HEAD", undefined, undefined));
}
