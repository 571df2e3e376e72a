import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Workplace } from "./pawl.ts";

// It holds a lock from its start to the very end of its stop: a second run beside it could not start.
const locked = (text: string) => `
import { openSync, closeSync, rmSync } from "node:fs";
import { App, Service } from "pawl";
import { version } from "./version.ts";
class Holder extends Service {
  override onStart() {
    closeSync(openSync("lock", "wx"));
    this.addCleanup(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      rmSync("lock");
      process.stdout.write("stopped " + version + "\\n");
    });
    process.stdout.write("started " + version + " " + process.pid + "\\n");
    ${text}
  }
}
export default new App({ providers: { holder: new Holder() } });
`;
const version = (name: string) => `export const version = ${JSON.stringify(name)};\n`;

function project(place: Workplace, text = ""): void {
  place.write("src/version.ts", version("1"));
  place.write("src/main.ts", locked(text));
}

const processOf = (line: string) => Number(line.split(" ").at(-1));
const lives = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
async function gone(pid: number): Promise<void> {
  while (lives(pid)) await delay(10);
}
const told = (lines: readonly string[]) => lines.map((line) => line.split(" ").slice(0, 2).join(" "));

describe("pawl dev", () => {
  test("stops the app fully before it runs it again, when a file that it has loaded changes", async () => {
    using place = new Workplace();
    project(place);
    await using program = place.start(["dev", "src/main.ts"]);
    const first = processOf(await program.line(/^started 1 /));
    place.write("src/version.ts", version("2"));
    await program.line(/^started 2 /);
    expect(lives(first)).toBe(false);
    expect(program.stderr).toContain("pawl dev: src/version.ts has changed\n");
    program.signal("SIGINT");
    const { code, lines } = await program.ended;
    expect(told(lines)).toEqual(["started 1", "stopped 1", "started 2", "stopped 2"]);
    expect(code).toBe(0);
    expect(readdirSync(place.path)).not.toContain("lock");
  });

  test("runs it once more after many changes at once", async () => {
    using place = new Workplace();
    project(place);
    await using program = place.start(["dev", "src/main.ts"]);
    await program.line(/^started 1 /);
    for (let step = 2; step <= 9; step++) {
      place.write("src/version.ts", version(String(step)));
      await delay(20);
    }
    await program.line(/^started 9 /);
    await delay(500);
    program.signal("SIGTERM");
    const { lines } = await program.ended;
    expect(told(lines)).toEqual(["started 1", "stopped 1", "started 9", "stopped 9"]);
  });

  test("waits for the next change where the app crashes, and where its source is broken", async () => {
    using place = new Workplace();
    project(place, `if (version === "1") this.spawn(() => { throw new Error("no stock"); });`);
    await using program = place.start(["dev", "src/main.ts"]);
    await program.errorLine("pawl dev: the app has ended with exit code 1; waiting for a change");
    place.write("src/version.ts", "export const version = ;");
    await program.errorLine(/SyntaxError/);
    await delay(300);
    place.write("src/version.ts", version("3"));
    await program.line(/^started 3 /);
    program.signal("SIGINT");
    const { code, lines } = await program.ended;
    expect(told(lines)).toEqual(["started 1", "stopped 1", "started 3", "stopped 3"]);
    expect(code).toBe(0);
  });

  test.each([
    ["src/version.ts", "export const version = ;", "Expression expected"],
    ["src/version.js", "export const version = ;", "Unexpected token ';'"],
    ["src/version.ts", "export const verion = 1;", "does not provide an export named 'version'"],
    ["src/version.ts", 'export { version } from "./nowhere.ts";', "Cannot find module"],
  ])(
    "tells what is wrong with a source once, with its place, and nothing of how it was loaded: %s %j",
    async (file, text, message) => {
      using place = new Workplace();
      place.write("src/main.ts", locked("").replace("./version.ts", file.replace("src", ".")));
      place.write(file, text);
      await using program = place.start(["dev", "src/main.ts"]);
      await program.errorLine("pawl dev: waiting for a change");
      const { stderr } = program;
      expect(stderr.split(message)).toHaveLength(2);
      expect(stderr).toMatch(/(version|main)\.[jt]s(:\d+)?$/m);
      expect(stderr).not.toMatch(/^ +at |node:internal|has ended/m);
      place.write(file, version("2"));
      await program.line(/^started 2 /);
      program.signal("SIGINT");
      expect((await program.ended).code).toBe(0);
    },
  );

  test("takes a new source beside the others for a change, and what the app writes there for none", async () => {
    using place = new Workplace();
    project(place);
    await using program = place.start(["dev", "src/main.ts"]);
    await program.line(/^started 1 /);
    writeFileSync(join(place.path, "src/shop.sqlite"), "data");
    writeFileSync(join(place.path, "src/shop.log"), "a line\n");
    await delay(400);
    expect(program.stderr).not.toContain("has changed");
    place.write("src/route.ts", "export {};\n");
    await program.errorLine("pawl dev: src/route.ts has changed");
    await program.line("stopped 1");
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(0);
  });

  test("leaves no app behind where it is killed itself: that stops in order", async () => {
    using place = new Workplace();
    project(place);
    await using program = place.start(["dev", "src/main.ts"]);
    const app = processOf(await program.line(/^started 1 /));
    program.signal("SIGKILL");
    await gone(app);
    expect(readdirSync(place.path)).not.toContain("lock");
  });

  test("kills an app that hangs, when it is asked to end for the second time", async () => {
    using place = new Workplace();
    project(place, "setTimeout(() => { process.stdout.write('hangs\\n'); for (;;); }, 50);");
    await using program = place.start(["dev", "src/main.ts"]);
    const app = processOf(await program.line(/^started 1 /));
    await program.line("hangs");
    program.signal("SIGINT");
    expect(await program.outlives(300)).toBe(true);
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(1);
    expect(lives(app)).toBe(false);
  });
});
