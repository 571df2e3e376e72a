import {
  App,
  type AppConfig,
  createLogger,
  type ErrorCode,
  type Fact,
  type Kernel,
  type KernelSnapshot,
  type Logger,
  Service,
} from "pawl";
import { pino } from "pino";
import { expectTypeOf, test } from "vitest";

class Metrics extends Service {
  orders = 0;
}

test("an app is a kernel that knows its services", () => {
  const app = new App({ providers: { metrics: new Metrics(), later: async () => 3 } });
  expectTypeOf(app).toExtend<Kernel>();
  expectTypeOf(app.service("metrics")).toEqualTypeOf<Metrics>();
  expectTypeOf(app.service("later")).toEqualTypeOf<number>();
  expectTypeOf(app.start()).resolves.toEqualTypeOf(app);
  expectTypeOf(app.inspect()).toEqualTypeOf<KernelSnapshot>();
  expectTypeOf(app.url).toEqualTypeOf<URL>();
  expectTypeOf(app.isReady).toEqualTypeOf<boolean>();
  // @ts-expect-error unknown name
  app.service("metric");
});

test("it serves requests, addresses and paths", () => {
  const app = new App();
  expectTypeOf(app.fetch("/x")).resolves.toEqualTypeOf<Response>();
  expectTypeOf(app.fetch(new URL("http://x"), { method: "POST" })).resolves.toEqualTypeOf<Response>();
  expectTypeOf(app.fetch(new Request("http://x"))).resolves.toEqualTypeOf<Response>();
  // @ts-expect-error nothing to fetch
  void app.fetch();
});

test("its configuration is that of a kernel and of HTTP", () => {
  expectTypeOf({ name: "shop", stopTimeout: "3s", routes: "routes", http: false } as const).toExtend<AppConfig>();
  expectTypeOf(createLogger({ level: "debug" })).toExtend<NonNullable<AppConfig["logger"]>>();
  expectTypeOf(pino()).toExtend<NonNullable<AppConfig["logger"]>>();
  expectTypeOf(new App().log).toEqualTypeOf<Logger>();
});

test("facts and error codes include those of HTTP", () => {
  expectTypeOf<"request.ended">().toExtend<Fact["kind"]>();
  expectTypeOf<"PAWL_HTTP_ROUTE_TAKEN">().toExtend<ErrorCode>();
});

test("main() takes arguments and never comes back", () => {
  const main = (app: App) => app.main(["--help"]);
  expectTypeOf(main).returns.resolves.toBeNever();
  // @ts-expect-error arguments are texts
  const wrong = (app: App) => app.main([1]);
  void wrong;
});
