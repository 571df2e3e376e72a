import type { HealthReport, Kernel } from "@pawl/kernel";

/** Whether the process is alive: what is restarted where this fails. */
export const livePath = "/livez";
/** Whether it should be sent requests. */
export const readyPath = "/readyz";

/** Whether a request, by its target, asks for the health of the app. */
export function asksHealth(target: string | undefined): boolean {
  const path = target?.split("?", 1)[0];
  return path === livePath || path === readyPath;
}

/** What `/readyz` says. It names services and their states, and nothing of what went wrong: strangers may ask. */
export interface ReadyAnswer extends Pick<HealthReport, "status" | "ready"> {
  readonly services: Readonly<
    Record<string, { readonly ok: boolean; readonly state: string; readonly required: boolean }>
  >;
}

/** The answer to a question for the health of an app, whatever it is at; undefined where `path` asks for something else. */
export async function healthAnswer(kernel: Kernel, path: string): Promise<Response | undefined> {
  if (path === livePath) {
    const { state } = kernel;
    return answer({ state }, state !== "failed" && state !== "stopped");
  }
  if (path !== readyPath) return undefined;
  const { status, ready, services } = await kernel.health();
  const shown = Object.entries(services).map(([name, { ok, state, required }]) => [name, { ok, state, required }]);
  return answer({ status, ready, services: Object.fromEntries(shown) } satisfies ReadyAnswer, ready);
}

function answer(body: object, isFine: boolean): Response {
  return Response.json(body, { status: isFine ? 200 : 503, headers: { "Cache-Control": "no-store" } });
}
