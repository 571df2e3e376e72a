import { globSync } from "node:fs";
import { join } from "node:path";
import { readFlight } from "@pawl/diagnostics";
import { describe, expect, test } from "vitest";
import { Workplace } from "../commands/pawl.ts";

const shop = `
import { App, Service } from "pawl";
class Metrics extends Service {
  override onStart() {
    this.interval(() => this.sleep("1h"), "10ms", { label: "collect" });
  }
}
await new App({
  name: "shop", providers: { metrics: new Metrics() }, control: true, recorder: { dir: "records" },
}).run();
process.stdout.write(\`handlers \${process.listenerCount("SIGUSR2")}\\n\`);
`;

const records = (place: Workplace) =>
  globSync("records/*", { cwd: place.path }).map((file) => readFlight(join(place.path, file)).header.why);

describe.skipIf(process.platform === "win32")("SIGUSR2 under run()", () => {
  test("says what the app is doing and writes its record, as often as it comes, and stops nothing", async () => {
    using place = new Workplace();
    await using program = place.startFile(place.write("main.ts", shop));
    await program.errorLine(/shop started in/);
    for (const times of [1, 2]) {
      program.signal("SIGUSR2");
      await expect.poll(() => records(place)).toEqual(Array(times).fill("SIGUSR2"));
    }
    const blocks = () => program.errorLines.filter((line) => line.includes("what it is doing (SIGUSR2)"));
    await expect.poll(() => blocks().length).toBe(2);
    const { msg } = JSON.parse(blocks()[1] as string) as { msg: string };
    expect(msg.split("\n")).toEqual([
      "what it is doing (SIGUSR2):",
      "shop  running",
      expect.stringMatching(/^ {2}metrics {2}Metrics, running for \d+m?s$/),
      expect.stringMatching(/^ {4}- interval collect {2}\(every 10ms, .*\)$/),
      expect.stringMatching(/^ {4}- sleep 1h/),
      expect.stringMatching(/^ {4}… interval "collect", for \d+m?s$/),
    ]);
    program.signal("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, lines: ["handlers 0"] });
  });

  test("goes on where the record cannot be written, and tells that", async () => {
    using place = new Workplace();
    place.write("records", "no directory");
    await using program = place.startFile(place.write("main.ts", shop));
    await program.errorLine(/shop started in/);
    program.signal("SIGUSR2");
    await program.errorLine(/PAWL_FLIGHT_NOT_WRITTEN/);
    await program.errorLine(/what it is doing/);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });
});

test("pawl call pawl.record has the record written, and gives its path", async () => {
  using place = new Workplace();
  await using program = place.startFile(place.write("main.ts", shop));
  await program.errorLine(/shop started in/);
  const { stdout, code } = await place.run("call", "pawl.record");
  expect(code).toBe(0);
  expect(readFlight(stdout.trim()).header).toMatchObject({ app: "shop", why: "asked for" });
  expect(records(place)).toEqual(["asked for"]);
  program.signal("SIGTERM");
  await program.ended;
});
