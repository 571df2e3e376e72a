import { type Context, Controller, type ControllerClass, type Router } from "@pawl/http";
import type { Kernel } from "@pawl/kernel";
import { addFigures, lastStartOf, listServices, scopeOf } from "@pawl/kernel/extend";
import { Access } from "./access/access.ts";
import { commandOf } from "./commands/command.ts";
import { Commands } from "./commands/commands.ts";
import type { Answer } from "./commands/failed-answer.ts";
import { detailOf } from "./detail.ts";
import { History } from "./history/history.ts";
import { timelineOf } from "./history/timeline.ts";
import { type InspectorOptions, type InspectorSettings, inspectorSettings } from "./inspector-options.ts";
import { LiveView } from "./live/live-view.ts";
import { pageFile } from "./page-files.ts";
import { serverOf } from "./server-of.ts";

/**
 * A controller that shows live what the app runs and holds, and can stop, start, trigger and call it. Requests of this
 * machine are answered, and those with the `token`; under `NODE_ENV=production` nobody's, unless `production` says so.
 *
 * @throws TypeError `PAWL_BAD_OPTION`
 * @example
 * const app = new App({ providers, routes: [Dashboard, inspector()] });
 */
export function inspector(options: InspectorOptions = {}): ControllerClass {
  const settings = inspectorSettings(options);
  return class Inspector extends InspectorController {
    static override route = settings.route;
    static override title = "Inspector";
    static override openapi = false;

    constructor() {
      super(settings);
    }
  };
}

abstract class InspectorController extends Controller {
  readonly #settings: InspectorSettings;
  readonly #access: Access;
  readonly #history = new History(() => this.app as Kernel);
  readonly #live = new LiveView(this, this.#history);
  readonly #commands = new Commands(this);

  constructor(settings: InspectorSettings) {
    super();
    this.#settings = settings;
    this.#access = new Access(settings, process.env["NODE_ENV"] === "production");
  }

  override onStart(): void {
    addFigures(this, "inspector", () => this.#live.figures);
  }

  override onReady(): void {
    if (!this.#access.isClosed) this.#sayWhere();
  }

  override onStop(): void {
    this.#live.end();
  }

  /** The page asks for its files below its own address. */
  load(c: Context): Response {
    const { route } = this.#settings;
    return c.redirect(`${route.slice(route.lastIndexOf("/") + 1)}/`);
  }

  override routes(router: Router): void {
    this.#access.guard(router, this.#settings.route);
    router.get("/live", (c) => this.#liveStream(c));
    router.get("/service", (c) => {
      const path = c.req.query("path") ?? "";
      const detail = detailOf(this.app as Kernel, path, this.#history, this.#live.row(path));
      return detail ? c.json(detail) : c.notFound();
    });
    router.get("/timeline", (c) => {
      const services = () =>
        [...listServices(this.app as Kernel)].flatMap(([path, service]) => {
          const start = lastStartOf(service);
          return start ? [{ path, ...start }] : [];
        });
      return c.json(timelineOf(this.#history.facts(), scopeOf(this, "timeline").clock.wallTime(), services));
    });
    router.post("/do", (c) => this.#do(c));
    router.get("/:file{(?:[a-z-]+\\.[a-z]+)?}", async (c) => {
      const file = await pageFile(c.req.param("file") || "index.html");
      return file ? c.body(file.text, 200, { "Content-Type": file.type }) : c.notFound();
    });
  }

  #liveStream(c: Context): Response {
    const headers = { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" };
    // Nobody reads what answers it: nothing is begun.
    if (c.req.method === "HEAD") return c.body(null, 200, headers);
    return c.body(this.#live.open(c.req.query("map") === "1", c.env.signal), 200, headers);
  }

  async #do(c: Context): Promise<Response> {
    const command = commandOf(await c.req.json());
    const { status, outcome }: Answer =
      "fault" in command
        ? { status: 400, outcome: { ok: false, message: `This is no command: ${command.fault}.` } }
        : await this.#commands.perform(command, c.env.signal);
    return c.json(outcome, status as 200);
  }

  /** The server listens when all controllers are ready. */
  #sayWhere(): void {
    const kernel = this.app as Kernel;
    const unobserve = kernel.observe(
      () => {
        unobserve();
        const url = serverOf(kernel)?.url;
        if (url) this.log.info(`inspector at ${new URL(this.#settings.route, url).href}`);
      },
      { kinds: ["kernel.started"] },
    );
    this.addCleanup(unobserve);
  }
}
