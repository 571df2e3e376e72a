import { globSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readFlight, recorderOf } from "@pawl/diagnostics";
import { App, Service } from "pawl";
import { expect, test } from "vitest";
import { Workplace } from "../commands/pawl.ts";

const shop = (ending: string, config = "") => `
import { App, Service } from "pawl";
class Db extends Service {
  override async onStart() { await this.sleep("50ms"); }
}
class Metrics extends Service {
  override onStart() {
    ${ending}
  }
}
await new App({ name: "shop", providers: { db: new Db(), metrics: new Metrics() }, recorder: { dir: "records" }, ${config} }).run();
`;

const records = (place: Workplace) => globSync("records/*.flight.jsonl", { cwd: place.path });

/** Runs such an app until it ends. */
async function ended(place: Workplace, ending: string, config?: string) {
  await using program = place.startFile(place.write("main.ts", shop(ending, config)));
  return await program.ended;
}

test("writes a record of a crash, whose log line names the file and how to read it", async () => {
  using place = new Workplace();
  const { code, stderr } = await ended(place, 'this.timeout(() => this.fail(new Error("out of disk")), "20ms");');
  expect(code).toBe(1);
  const [file, ...others] = records(place);
  expect(others).toEqual([]);
  expect(file).toMatch(/shop\.\d{8}T\d{9}Z\.\d+\.flight\.jsonl$/);
  const path = join(place.path, file as string);
  expect(stderr).toMatch(/what happened is in \/\S+\.flight\.jsonl: pawl replay \S+\.flight\.jsonl/);
  const { stdout } = await place.run("replay", path);
  expect(stdout).toMatch(/^shop \(process \d+, node [\d.]+\), written at \S+: crash$/m);
  expect(stdout).toMatch(/^metrics crashed: Error: out of disk$/m);
  expect(stdout).toMatch(/^ +at .*main\.ts:\d+:\d+/m);
  expect(stdout).toMatch(/^ *\+\d\.\d{3}s {2}shop is starting$/m);
  expect(stdout).toMatch(/^ *\+\d\.\d{3}s {2}db: stopped/m);
  expect(stdout).toMatch(/^ *\+\d\.\d{3}s {2}shop stopped in/m);
});

test.each([
  ["a failed start", 'throw new Error("refused");', "failed start", "metrics could not start: Error: refused"],
  [
    "an uncaught exception",
    'setTimeout(() => { throw new Error("nobody caught it"); }, 20);',
    "crash",
    "shop crashed: Error: nobody caught it",
  ],
  [
    "a stop that left something behind",
    'this.addCleanup(() => new Promise(() => {})); this.timeout(() => void this.app.stop().catch(() => {}), "20ms");',
    "left behind",
    "metrics did not end in its time",
  ],
])("writes one record of %s", async (_, ending, why, culprit) => {
  using place = new Workplace();
  const { code } = await ended(place, ending, 'stopTimeout: "200ms"');
  expect(code).toBe(1);
  expect(records(place)).toHaveLength(1);
  const path = join(place.path, records(place)[0] as string);
  expect(readFlight(path).header.why).toBe(why);
  const kinds = readFlight(path).facts.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "kernel.stopped" || kind === "kernel.failed")).toHaveLength(1);
  expect((await place.run("replay", path)).stdout).toContain(culprit);
});

test("writes what happened before a second signal ends the process", async () => {
  using place = new Workplace();
  const ending = 'this.addCleanup(() => { process.stdout.write("hangs\\n"); return new Promise(() => {}); });';
  await using program = place.startFile(place.write("main.ts", shop(ending)));
  await program.errorLine(/shop started in/);
  program.signal("SIGTERM");
  await program.line("hangs");
  program.signal("SIGTERM");
  expect((await program.ended).code).toBe(143);
  const [file] = records(place);
  const { header, facts } = readFlight(join(place.path, file as string));
  expect(header.why).toBe("a second SIGTERM");
  expect(facts.at(-1)).toMatchObject({ kind: "kernel.exiting", signal: "SIGTERM" });
});

test("writes nothing after a graceful end, nor without run()", async () => {
  using place = new Workplace();
  const { code } = await ended(place, 'this.timeout(() => void this.app.stop(), "20ms");');
  expect(code).toBe(0);
  class Broken extends Service {
    override onStart() {
      throw new Error("refused");
    }
  }
  const app = new App({ providers: { broken: new Broken() }, recorder: { dir: join(place.path, "records") } });
  await expect(app.start()).rejects.toThrow("refused");
  expect(readdirSync(place.path)).not.toContain("records");
});

test("has a recorder unless it is told to have none", () => {
  expect(recorderOf(new App())?.facts()).toEqual([]);
  expect(recorderOf(new App({ recorder: false }))).toBeUndefined();
  expect(() => new App({ recorder: true as never })).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
});
