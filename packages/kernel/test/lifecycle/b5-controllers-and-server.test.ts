import { Kernel, type StopError } from "@pawl/kernel";
import type { KernelParts, NamedService } from "@pawl/kernel/extend";
import { createTestApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate, noted, type Part } from "./actor.ts";

/** An app with a provider, and what a face such as `pawl` adds. */
function appWith(journal: string[], parts: KernelParts, db: Part = {}) {
  return createTestApp(
    ({ clock, onError }) =>
      new Kernel(
        { clock, onError, providers: { db: noted(journal, "db", db), email: noted(journal, "email") } },
        parts,
      ),
  );
}

const named = (journal: string[], name: string, part?: Part): NamedService => ({
  name,
  service: noted(journal, name, part),
});

describe("B5 Controllers start after all providers, the server last of all", () => {
  it("and what a face puts first before all of them; it stops last", async () => {
    const journal: string[] = [];
    await using app = appWith(journal, {
      first: () => named(journal, "pawl"),
      server: () => named(journal, "http"),
    });
    await app.start();
    await app.stop();
    expect(journal).toEqual(["+pawl", "+db", "+email", "+http", "-http", "-email", "-db", "-pawl"]);
  });

  it("what is put first ends the start where it fails: nothing else has begun", async () => {
    const journal: string[] = [];
    const boom = new Error("boom");
    await using app = appWith(journal, {
      first: () => named(journal, "pawl", { onStart: () => Promise.reject(boom) }),
    });
    expect(await errorOf(app.start())).toMatchObject({ code: "PAWL_START_FAILED", path: "pawl", cause: boom });
    expect(journal).toEqual(["+pawl"]);
  });

  it("the server when the last onReady has settled; everything stops in reverse", async () => {
    const journal: string[] = [];
    const ready = (name: string) => ({ onReady: () => void journal.push(`${name} ready`) });
    await using app = appWith(
      journal,
      {
        controllers: () => [named(journal, "home", ready("home")), named(journal, "about", ready("about"))],
        server: () => named(journal, "http", ready("http")),
      },
      ready("db"),
    );
    await app.start();
    expect(journal).toEqual([
      "+db",
      "+email",
      "+home",
      "+about",
      "db ready",
      "home ready",
      "about ready",
      "+http",
      "http ready",
    ]);
    journal.length = 0;
    await app.stop();
    expect(journal).toEqual(["-http", "-about", "-home", "-email", "-db"]);
  });

  it("they are asked for anew at each start, and may be a promise", async () => {
    const journal: string[] = [];
    let starts = 0;
    await using app = appWith(journal, { controllers: async () => [named(journal, `home${++starts}`)] });
    await app.start();
    await app.restart();
    expect(journal.filter((entry) => entry.startsWith("+home"))).toEqual(["+home1", "+home2"]);
  });

  it.each<[string, KernelParts]>([
    [
      "controllers() throws",
      {
        controllers: () => {
          throw new Error("boom");
        },
      },
    ],
    ["controllers() rejects", { controllers: () => Promise.reject(new Error("boom")) }],
    [
      "a controller fails",
      { controllers: () => [{ name: "home", service: actor({ onStart: () => Promise.reject(new Error("boom")) }) }] },
    ],
    [
      "server() throws",
      {
        server: () => {
          throw new Error("boom");
        },
      },
    ],
    [
      "the server fails",
      { server: () => ({ name: "http", service: actor({ onStart: () => Promise.reject(new Error("boom")) }) }) },
    ],
  ])("%s: the start fails, and everything is undone", async (_, parts) => {
    const journal: string[] = [];
    await using app = appWith(journal, parts);
    const error = await errorOf(app.start());
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", cause: { message: "boom" }, errors: [] });
    expect(journal).toEqual(["+db", "+email", "-email", "-db"]);
  });

  it("stop() while controllers() is pending stops everything, then waits for it like for any other work", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = appWith(journal, {
      controllers: async () => {
        await work.opened;
        return [named(journal, "home")];
      },
    });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.settle();
    expect(journal).toEqual(["+db", "+email", "-email", "-db"]);
    await app.clock.advance("10s");
    expect((await stopping).errors).toMatchObject([
      { message: "app: the loading of controllers was still running after 10s; it was left behind" },
    ]);
    const timedOut = { path: "app", label: "the loading of controllers", ms: 10_000 };
    expect(app.facts.of("release.timedOut")).toMatchObject([timedOut]);
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
    // What was left behind stays outside: nothing of it is started, its failure goes to onError.
    const boom = new Error("boom");
    work.fail(boom);
    await app.clock.settle();
    expect(journal).toHaveLength(4);
    expect(app.errors).toEqual([{ error: boom, origin: { path: "app", label: "start()" } }]);
  });

  it("a controllers() that fails after the stop was asked for is told in the StopError", async () => {
    const work = gate();
    await using app = appWith([], { controllers: () => work.opened.then(() => []) });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    work.fail(new Error("boom"));
    expect((await stopping).errors).toMatchObject([{ message: "boom" }]);
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
  });

  it("stop() while a controller or the server is starting aborts it", async () => {
    for (const which of ["controllers", "server"] as const) {
      const journal: string[] = [];
      const starting = named(journal, "starting", { onStart: forever });
      await using app = appWith(
        journal,
        which === "server" ? { server: () => starting } : { controllers: () => [starting] },
      );
      const started = errorOf(app.start());
      await app.clock.settle();
      const stopping = errorOf<StopError>(app.stop());
      expect(starting.service.signal.aborted).toBe(true);
      await app.clock.advance("10s");
      expect((await stopping).errors).toMatchObject([{ code: "PAWL_ABANDONED", path: "starting" }]);
      expect(journal).toEqual(["+db", "+email", "+starting", "-email", "-db"]);
      await started;
    }
  });
});
