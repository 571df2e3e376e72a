import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { RunningApp, stopped, told } from "./start-app.ts";

const controllersFirst = [
  "http",
  "orderPage",
  "orderDesk",
  "dashboard",
  "home",
  "orders",
  "email",
  "metrics",
  "watchdog",
];

describe("P1 the dashboard", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("stops in order on %s and says so", async (signal) => {
    await using app = new RunningApp("../main.ts");
    // Leaves an idle connection behind, which must not hold the stop up.
    await app.json("/dashboard");
    app.program.signal(signal);
    const ended = await app.program.ended;
    const [server, ...others] = controllersFirst;
    expect(stopped(ended)).toEqual([server, "prometheusMetrics", "inspector", ...others]);
    expect(told(ended)).toContainEqual(
      expect.stringMatching(new RegExp(`^app: dashboard is stopping \\(${signal}\\)`)),
    );
    expect(told(ended).at(-1)).toBe("app: dashboard stopped");
    expect(ended.lines).toEqual([]);
    expect(ended.code).toBe(0);
    expect(ended.seconds).toBeLessThan(5);
  });

  test("completes and confirms what was being packed", async () => {
    await using app = new RunningApp("../main.ts");
    const { id } = (await (await app.order()).json()) as { id: string };
    app.program.signal("SIGINT");
    const ended = await app.program.ended;
    expect(await readdir(app.outbox)).toEqual([`${id}.eml`]);
    const lines = told(ended).filter((line) => /stopped$|sent$/.test(line));
    expect(lines.slice(lines.indexOf("orders: stopped"))).toEqual([
      "orders: stopped",
      `email: order ${id}: confirmation sent`,
      "email: stopped",
      "metrics: stopped",
      "watchdog: stopped",
      "app: dashboard stopped",
    ]);
    expect(ended.code).toBe(0);
  });

  test("undoes what had started on a signal during the start, and exits with 0", async () => {
    await using app = new RunningApp("fixtures/slow-start.ts");
    await app.program.line("slow is starting");
    app.program.signal("SIGINT");
    const ended = await app.program.ended;
    expect(stopped(ended)).toEqual(["slow", "orders", "email", "metrics", "watchdog"]);
    expect(ended.stderr).not.toContain("listens on");
    expect(ended.code).toBe(0);
    expect(ended.seconds).toBeLessThan(5);
  });

  test("exits at once on a second signal during the stop", async () => {
    await using app = new RunningApp("fixtures/slow-stop.ts");
    await app.url();
    app.program.signal("SIGINT");
    await app.program.line("slow is stopping");
    app.program.signal("SIGTERM");
    const ended = await app.program.ended;
    expect(stopped(ended)).toEqual(["http", "orderPage", "orderDesk", "dashboard", "home"]);
    expect(ended.code).toBe(143);
    expect(ended.seconds).toBeLessThan(5);
  });

  test("answers a request that is in flight, before anything that it needs stops", async () => {
    await using app = new RunningApp("fixtures/slow-handler.ts");
    const answer = fetch(await app.url("/slow"));
    await app.program.line("handling");
    app.program.signal("SIGTERM");
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get("connection")).toBe("close");
    const { id } = (await response.json()) as { id: string };
    const ended = await app.program.ended;
    expect(stopped(ended)).toEqual(["http", "slow", ...controllersFirst.slice(1)]);
    // Even the order that it took is confirmed.
    expect(await readdir(app.outbox)).toEqual([`${id}.eml`]);
    expect(ended.code).toBe(0);
    expect(ended.seconds).toBeLessThan(5);
  });

  test("leaves a handler that hangs behind after the stop timeout, names it, and exits with 1", async () => {
    await using app = new RunningApp("fixtures/hanging-handler.ts");
    const answer = fetch(await app.url("/hanging")).then(
      ({ status }) => status,
      () => "cut",
    );
    await app.program.line("handling");
    app.program.signal("SIGINT");
    const ended = await app.program.ended;
    expect([503, "cut"]).toContain(await answer);
    expect(told(ended)).toContainEqual(
      expect.stringMatching(/^hanging: was left behind after \d+ms: request "GET \/hanging" still running$/),
    );
    // Those two have not stopped: they were left behind.
    expect(stopped(ended)).toEqual(controllersFirst.slice(1));
    expect(ended.code).toBe(1);
    expect(ended.seconds).toBeLessThan(5);
  });

  test("exits at once on a second signal while a handler hangs", async () => {
    await using app = new RunningApp("fixtures/hanging-handler.ts", { PATIENT: "yes" });
    const answer = fetch(await app.url("/hanging")).catch(() => "cut");
    await app.program.line("handling");
    app.program.signal("SIGINT");
    await app.program.errorLine(/stopping \(SIGINT\); press \^C again to exit at once/);
    app.program.signal("SIGINT");
    const ended = await app.program.ended;
    expect(await answer).toBe("cut");
    expect(told(ended).slice(-2)).toEqual([
      expect.stringMatching(
        /^app: dashboard exits at once \(SIGINT\), with this running: http: \d+m?s of 1h \(the answer to "GET \/hanging"\)$/,
      ),
      expect.stringMatching(/^app: what happened is in \S+\.flight\.jsonl: pawl replay \S+$/),
    ]);
    expect(ended.code).toBe(130);
    expect(ended.seconds).toBeLessThan(5);
  });
});
