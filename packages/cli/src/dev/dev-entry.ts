import { registerHooks } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PawlError } from "@pawl/kernel";
import { loadApp, type RunnableApp, runApp, startedAs } from "../run/app-module.ts";
import { brokenSource } from "./broken-source.ts";
import type { DevMessage } from "./dev-child.ts";

// The first file of the process that `pawl dev` runs an app in: tells which files it has loaded, and stops the app when it
// is told to, or when nobody is left who could tell it.

const tell = (message: DevMessage) => void (process.connected && process.send?.(message));
const [, , file = "", ...args] = process.argv;

registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:") && !url.includes("/node_modules/"))
      tell({ loaded: fileURLToPath(url.split("?")[0] as string) });
    return nextLoad(url, context);
  },
});
startedAs(file, args, `pawl dev ${relative("", file)}`);
try {
  const app = await loadApp(file);
  obey(app);
  process.exitCode = await runApp(app, args);
} catch (error) {
  const text = PawlError.is(error) ? `pawl dev: ${error.message} (${error.code})` : brokenSource(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
// The channel to who has started it would hold it open.
if (process.connected) process.disconnect();

function obey(app: RunnableApp): void {
  // Joins a stop that ^C has begun already: the terminal sends that to both processes.
  const stop = () => void app.stop().catch(() => {});
  if (!process.connected) process.exit(1);
  process.once("message", stop);
  process.once("disconnect", stop);
  process.channel?.unref();
  tell({ up: { shutdownTimeoutMs: app.inspect().shutdownTimeoutMs } });
}
