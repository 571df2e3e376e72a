import type { App } from "pawl";

/** Says on standard output when everything of this process has started: `Part` waits for that. */
export function tellReady(app: App): void {
  app.observe(() => console.log("ready"), { kinds: ["kernel.started"] });
}
