import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Workplace } from "./pawl.ts";

const app = (config: string) => `
import { App } from "pawl";
// Holds its process open: the command ends all the same.
setInterval(() => {}, 1_000);
export const app = new App(${config});
`;
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe("pawl unit", () => {
  test("prints a unit with the app's name, its arguments, and more time than its stop may take", async () => {
    using place = new Workplace();
    const file = place.write("main.ts", app(`{ name: "shop@eu", shutdownTimeout: "41500ms" }`));
    const { code, stdout, stderr } = await place.run("unit", "main.ts", "--only", "a b", "--rate=50%", "$HOME");
    const [start = stderr] = stdout.split("\n").filter((line) => line.startsWith("ExecStart="));
    expect(start).toContain(`bin.ts run ${file} --only "a b" --rate=50%% $$HOME`);
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

  test("has the user and the file of variables that it is given", async () => {
    using place = new Workplace();
    place.write("main.ts", app(`{ name: "shop" }`));
    const { stdout, stderr } = await place.run(
      "unit",
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

  test.runIf(hasSystemd)("prints what systemd takes without a warning", async () => {
    using place = new Workplace();
    place.write("main.ts", app(`{ name: "shop" }`));
    const { stdout } = await place.run("unit", "main.ts", "--name", `a "quoted" \\ one`);
    const file = join(place.path, "shop.service");
    expect(stdout).toContain(String.raw`--name "a \"quoted\" \\ one"`);
    writeFileSync(file, stdout);
    const verified = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
    expect(`${verified.stdout}${verified.stderr}`.split("\n").filter((line) => line.includes("shop.service"))).toEqual(
      [],
    );
    expect(verified.status).toBe(0);
  });
});
