import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";

// A process of its own takes its time to start on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), "pawl-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newPath = () => join(folder, `${++count}.log`);

const fixture = (name: string, ...args: string[]) =>
  new Program(new URL(`fixtures/${name}.ts`, import.meta.url), { args });

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .flatMap((line) => (line.startsWith("{") ? [(JSON.parse(line) as { line: number }).line] : []));

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe.each(["exit", "throw", "kill"])("where the process ends at once (%s)", (how) => {
  test("every line is in the file", async () => {
    const file = newPath();
    await using program = fixture("last-lines", how, "500", file);
    await program.ended;
    expect(linesOf(readFileSync(file, "utf8"))).toEqual(upTo(500));
  });

  test("every line is on standard error", async () => {
    await using program = fixture("last-lines", how, "500");
    const { stderr } = await program.ended;
    expect(linesOf(stderr)).toEqual(upTo(500));
  });
});

// What a shell connects: standard error to something that reads when it likes.
const into = (reader: string, ...args: string[]) => {
  const program = fileURLToPath(new URL("fixtures/last-lines.ts", import.meta.url));
  const given = [program, ...args].map((arg) => `'${arg}'`).join(" ");
  const { FORCE_COLOR: _color, NODE_OPTIONS: _options, ...env } = process.env;
  const command = `'${process.execPath}' --conditions=pawl-source ${given} 2>&1 >'/dev/null' | ${reader}`;
  return promisify(execFile)("/bin/sh", ["-c", command], { env, maxBuffer: 2 ** 24 });
};

describe.skipIf(process.platform === "win32")("on a pipe", () => {
  test("that is read late no line is lost, more than it holds included", async () => {
    const { stdout } = await into("(sleep 0.7; cat)", "exit", "2000");
    expect(linesOf(stdout)).toEqual(upTo(2_000));
  });

  test("that nobody reads the program goes on after a second", async () => {
    const report = newPath();
    await into("sleep 4", "exit", "2000", "", report);
    const ms = Number(readFileSync(report, "utf8"));
    expect(ms).toBeGreaterThan(900);
    expect(ms).toBeLessThan(3_000);
  });

  test("that was closed the program goes on", async () => {
    const report = newPath();
    await into("true", "exit", "2000", "", report);
    expect(Number(readFileSync(report, "utf8"))).toBeLessThan(3_000);
  });
});

describe("^C", () => {
  test("says after two seconds who is late, and a second one who was still running", async () => {
    await using program = fixture("late-stop");
    await program.errorLine(/info {2}shop started in/);
    program.signal("SIGINT");
    await program.errorLine(/info {2}shop is stopping \(SIGINT\); press \^C again to exit at once$/);
    await program.errorLine(/info {2}mailer is stopping$/);
    expect(await program.errorLine(/still stopping/)).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}still stopping mailer: 2s of 10s \(task "poll"\)$/,
    );
    program.signal("SIGINT");
    const { code, stderr } = await program.ended;
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
      /warn {2}shop exits at once \(SIGINT\), with this running: mailer: \ds of 10s \(task "poll"\)$/,
    );
    expect(code).toBe(130);
  });

  test("while a failed start is undone says so, who is still being stopped, and what a second one does", async () => {
    await using program = fixture("failed-start");
    await program.errorLine(/info {2}pool is stopping$/);
    program.signal("SIGINT");
    expect(await program.errorLine(/SIGINT/)).toMatch(
      /info {2}SIGINT: shop could not start and stops what had started \(mailer could not start\); still stopping pool: .* of 10s \(onStop\); press \^C again to exit at once$/,
    );
    program.signal("SIGINT");
    const { code, stderr } = await program.ended;
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
      /warn {2}shop exits at once \(SIGINT\), with this running: pool: .* of 10s \(onStop\)$/,
    );
    expect(code).toBe(130);
  });

  test("has its last line in the file, too", async () => {
    const file = newPath();
    await using program = fixture("late-stop", file);
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain("shop started"), { timeout: 20_000 });
    program.signal("SIGTERM");
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain("mailer is stopping"));
    program.signal("SIGTERM");
    const { code, stderr } = await program.ended;
    expect(readFileSync(file, "utf8")).toMatch(
      /shop exits at once \(SIGTERM\), with this running: mailer: .* of 10s \(task "poll"\)\n$/,
    );
    expect([code, stderr]).toEqual([143, ""]);
  });
});
