import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testApp } from "@pawl/testing";
import { App, Jobs, job, type Schema, Service } from "pawl";
import { describe, expect, test } from "vitest";
import { Workplace } from "../commands/pawl.ts";

const any: Schema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };

class Mailer extends Service {
  readonly seen: unknown[] = [];
  readonly sendMail = job(this, "email.send", any, (to) => void this.seen.push(to));
}

test("the provider for jobs starts before those of the program and after the one for messages", async () => {
  for (const providers of [{ mailer: new Mailer() }, [{ mailer: new Mailer() }]] as const) {
    await using app = await testApp(
      (base) => new App({ ...base, jobs: "memory:", messages: "memory:", providers, recorder: false }),
    );
    const started = app.facts.all.filter(({ kind }) => kind === "service.started");
    expect(started.map((fact) => "path" in fact && fact.path)).toEqual(["messages", "jobs", "mailer"]);
    const mailer = app.service("mailer") as Mailer;
    await mailer.sendMail.enqueue("ada");
    await app.clock.advance("1s");
    expect(mailer.seen).toEqual(["ada"]);
  }
});

test("refuses what is no URL, and a second provider of that name", () => {
  expect(() => new App({ jobs: 1 as never })).toThrow("App({ jobs }): it must be a URL or options, not 1");
  expect(() => new App({ jobs: "memory:", providers: { jobs: new Jobs() } })).toThrow(/there is one already/);
  expect(() => new App({ jobs: "memory:", providers: [{ jobs: new Jobs() }] })).toThrow(/listed twice/);
});

describe("pawl jobs", () => {
  const fixture = readFileSync(fileURLToPath(new URL("fixtures/mailer.ts", import.meta.url)), "utf8");

  test("shows, retries and cancels the jobs of a running app", { timeout: 60_000 }, async () => {
    using place = new Workplace();
    await using app = place.start(["run", place.write("main.ts", fixture)]);
    await app.line(/failed/);
    const ask = async (...args: string[]) => {
      const { code, stdout, stderr } = await place.run("jobs", ...args);
      return { code, lines: stdout.trimEnd().split("\n"), stderr };
    };
    expect((await ask("mail")).lines).toEqual([
      expect.stringMatching(/^JOB +WAITING +RUNNING +FAILED +DONE$/),
      expect.stringMatching(/^email\.send +0 +0 +1 +0$/),
      expect.stringMatching(/^clean +1 +0 +0 +0$/),
    ]);
    expect((await ask("--name", "clean", "--json")).lines).toEqual([
      '[{"name":"clean","waiting":1,"running":0,"dead":0,"done":0}]',
    ]);
    expect((await ask("mail", "--failed")).lines).toEqual([
      expect.stringMatching(/^ID +JOB +TRIES +FAILED AT +ERROR$/),
      expect.stringMatching(/^first +email\.send +1 +\d{4}-\S+Z +no route\\nto host$/),
    ]);
    expect(await ask("mail", "retry", "first")).toMatchObject({ code: 0 });
    await app.line(/sent to ada/);
    expect(await ask("retry")).toMatchObject({ code: 0, stderr: expect.stringMatching(/^0 jobs wait/) });
    expect(await ask("retry", "nobody")).toMatchObject({ code: 1 });
    expect(await ask("cancel", "later")).toMatchObject({ code: 0, stderr: "later is cancelled\n" });
    expect(await ask("mail", "cancel", "later")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no job later/),
    });
    expect(await ask("mail", "drop")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/neither retry nor cancel/),
    });
    expect(await ask("cancel")).toMatchObject({ code: 2, stderr: expect.stringMatching(/takes the id of one job/) });
    expect(await ask("mail", "--service", "tasks")).toMatchObject({ code: 1, stderr: expect.stringMatching(/tasks/) });
  });

  test("the command line says where jobs are kept, and more than the environment", { timeout: 60_000 }, async () => {
    using place = new Workplace();
    const main = place.write("main.ts", fixture);
    const [flag, variable] = [join(place.path, "flag.db"), join(place.path, "variable.db")];
    const env = { JOBS_URL: `sqlite:${variable}` };
    await using first = place.start(["run", main], { env });
    await first.line(/failed/);
    await using second = place.start(["run", main, "--jobs-url", `sqlite:${flag}`], { env });
    await second.line(/failed/);
    expect([existsSync(variable), existsSync(flag)]).toEqual([true, true]);
    await using third = place.start(["run", main, "--jobs-url", "redis://x"]);
    expect(await third.ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/--jobs-url/) });
  });
});
