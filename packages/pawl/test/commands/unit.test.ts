import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { Workplace } from "./pawl.ts";

const app = (config: string) => `
import { App } from "pawl";
// Holds its process open: the command ends all the same.
setInterval(() => {}, 1_000);
export const app = new App(${config});
`;
/** A service with these options. */
const withOptions = `
import { App, Service } from "pawl";
const options = { "~standard": { version: 1, vendor: "test",
  validate: (value) => "key" in value ? { value } : { issues: [{ message: "it is needed", path: ["key"] }] },
  jsonSchema: { input: () => ({ type: "object", properties: { rate: { type: "string" }, key: { type: "string" } } }) },
} };
class Clock extends Service.with({ options }) {}
export const app = new App({ name: "shop@eu", shutdownTimeout: "41500ms", providers: { clock: Clock } });
`;

/** Puts a `node` of a version into a directory; gives that. */
function nodeIn(place: Workplace, directory: string, version: string): string {
  const file = place.write(join(directory, "node"), `#!/bin/sh\necho ${version}\n`);
  chmodSync(file, 0o755);
  return dirname(file);
}

/** Runs `pawl unit` with a PATH. */
async function unit(place: Workplace, path: readonly string[], ...args: readonly string[]) {
  const env = { PATH: [...path, "/usr/bin", "/bin"].join(":"), CLOCK_KEY: "k" };
  await using program = place.start(["unit", ...args], { env });
  const ended = await program.ended;
  return { ...ended, stdout: program.stdout, start: ended.lines.find((line) => line.startsWith("ExecStart=")) };
}

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe("pawl unit", () => {
  test("prints a unit with the app's name, its arguments, and more time than its stop may take", async () => {
    using place = new Workplace();
    const file = place.write("main.ts", withOptions);
    const node = nodeIn(place, "bin", "v24.1.0");
    const args = ["--only", "clock", "--clock-rate=50%", "--clock-key", "$HOME it"];
    const { code, stdout, stderr, start } = await unit(place, [node], "main.ts", ...args);
    expect(start ?? stderr).toContain(`bin.ts run ${file} --only clock --clock-rate=50%% --clock-key "$$HOME it"`);
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        "Type=exec",
        "Restart=on-failure",
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "TimeoutStopSec=47s",
        "EnvironmentFile=-/etc/shop-eu.env",
        "Environment=XDG_RUNTIME_DIR=%t/shop-eu",
        `WorkingDirectory=${place.path}`,
      ]),
    );
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("runs in the folder of the project, where its .env is and `npm start` runs it", async () => {
    using place = new Workplace();
    place.write("package.json", `{ "name": "shop", "type": "module" }`);
    place.write("src/package.json", `{ "type": "module" }`);
    const file = place.write("src/main.ts", withOptions);
    const node = nodeIn(place, "bin", "v24.1.0");
    const refused = await unit(place, [node], "src/main.ts", "--clock-kye=k");
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("See pawl run src/main.ts --help");

    const env = place.write(".env", "CLOCK_KEY=k");
    chmodSync(env, 0o644);
    await using program = place.start(["unit", "src/main.ts"], { env: { PATH: `${node}:/usr/bin:/bin` } });
    expect((await program.ended).stderr).toBe("");
    expect(program.stdout).toContain(`\nWorkingDirectory=${place.path}\n`);
    expect(program.stdout).toContain(`run ${file}\n`);

    chmodSync(env, 0o600);
    expect((await unit(place, [node], "src/main.ts")).stderr).toContain(`read ${env}`);
    expect((await unit(place, [node], "--user=deploy", "src/main.ts")).stderr).toBe("");
  });

  test("has the user and the file of variables that it is given", async () => {
    using place = new Workplace();
    place.write("main.ts", app(`{ name: "shop" }`));
    const { stdout, stderr } = await unit(
      place,
      [nodeIn(place, "bin", "v24.1.0")],
      "--user",
      "deploy",
      "--environment-file=/srv/shop.env",
      "main.ts",
    );
    expect(stderr).toBe("");
    expect(stdout).toContain("\nUser=deploy\n");
    expect(stdout).not.toContain("DynamicUser");
    expect(stdout).toContain("\nEnvironmentFile=-/srv/shop.env\n");
  });

  test("refuses arguments that the app does not take, with what the app says of them", async () => {
    using place = new Workplace();
    place.write("main.ts", withOptions);
    const { code, stdout, stderr } = await unit(place, [], "main.ts", "--clock-rat=50%");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("--clock-rat: there is no such flag; did you mean --clock-rate?\n");
    const ends = await place.run("unit", "main.ts", "--help");
    expect([ends.code, ends.stdout]).toEqual([2, ""]);
    expect(ends.stderr).toContain("with --help the app starts nothing");
  });

  test("checks them with the variables that the unit will have", async () => {
    using place = new Workplace();
    place.write("main.ts", withOptions);
    const without = await place.run("unit", "main.ts");
    expect([without.code, without.stdout]).toEqual([2, ""]);
    expect(without.stderr).toContain("it is needed");
    const file = place.write("shop.env", "CLOCK_KEY=k\n");
    const { code, stdout } = await place.run("unit", "--environment-file", file, "main.ts");
    expect([code, stdout]).toEqual([0, expect.stringContaining(`EnvironmentFile=-${file}`)]);
  });

  test("has the Node of the PATH, but for one of a project or too old", async () => {
    using place = new Workplace();
    place.write("main.ts", app(`{ name: "shop" }`));
    const own = nodeIn(place, "node_modules/.bin", "v24.1.0");
    const old = nodeIn(place, "old", "v20.1.0");
    const good = nodeIn(place, "good", "v24.1.0");
    const { start, stdout, stderr } = await unit(place, [own, old, good], "main.ts");
    expect(start).toMatch(`ExecStart=${good}/node `);
    expect(stdout).toContain("# The first path is Node: write another one here where it moves.\nExecStart=");
    expect(stderr).toBe("");
  });

  test.runIf(hasSystemd)("prints what systemd takes without a warning", async () => {
    using place = new Workplace();
    place.write("main.ts", withOptions);
    const { stdout } = await place.run("unit", "main.ts", "--clock-key", `a "quoted" \\ one`);
    const file = join(place.path, "shop.service");
    expect(stdout).toContain(String.raw`--clock-key "a \"quoted\" \\ one"`);
    writeFileSync(file, stdout);
    const verified = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
    expect(`${verified.stdout}${verified.stderr}`.split("\n").filter((line) => line.includes("shop.service"))).toEqual(
      [],
    );
    expect(verified.status).toBe(0);
  });
});
