import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createLogger } from "../../src/index.ts";
import { memory } from "./memory.ts";

const folder = mkdtempSync(join(tmpdir(), "pawl-logs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const newPath = () => join(folder, `${++count}`, "app.log");

const messages = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** A logger to a file, and what it writes elsewhere. */
function toFile(file: string) {
  const { lines, stream } = memory({ colours: true });
  const logger = createLogger({ file, stream });
  return { logger, lines, [Symbol.dispose]: () => logger.close() };
}

describe("a log file", () => {
  test("is made with its folder, gets every line as JSON at once, and nothing goes to the terminal", () => {
    const file = newPath();
    using it = toFile(file);
    it.logger.info("first");
    expect(messages(file)).toEqual(["first"]);
    it.logger.child({ service: "shop" }).info("second");
    expect(messages(file)).toEqual(["first", "second"]);
    expect(it.lines).toEqual([]);
  });

  test.runIf(process.platform === "linux")("is refused at once under a folder that takes none, as /proc", () => {
    // In a process of its own: where the making of folders never ends, nothing else would end it.
    const index = new URL("../../src/index.ts", import.meta.url).href;
    const script = `import { createLogger } from ${JSON.stringify(index)}; createLogger({ file: "/proc/x/y" });`;
    const args = ["--conditions=pawl-source", "--input-type=module", "-e", script];
    const { signal, stderr } = spawnSync(process.execPath, args, { timeout: 10_000, encoding: "utf8" });
    expect({ signal, stderr }).toEqual({
      signal: null,
      stderr: expect.stringContaining("the log file /proc/x/y cannot be opened (ENOENT)"),
    });
  });

  test("is appended to", () => {
    const file = newPath();
    for (const text of ["first run", "second run"]) {
      using it = toFile(file);
      it.logger.info(text);
    }
    expect(messages(file)).toEqual(["first run", "second run"]);
  });

  test("takes lines of several loggers, each whole", () => {
    const file = newPath();
    using one = toFile(file);
    using two = toFile(file);
    for (let line = 0; line < 100; line++) {
      one.logger.info("one");
      two.logger.info("two");
    }
    expect(messages(file)).toHaveLength(200);
  });

  test("that was moved away is opened anew under its path, without a signal", () => {
    const file = newPath();
    using it = toFile(file);
    it.logger.info("before");
    renameSync(file, `${file}.1`);
    it.logger.info("after");
    expect(messages(`${file}.1`)).toEqual(["before"]);
    expect(messages(file)).toEqual(["after"]);
    rmSync(join(file, ".."), { recursive: true });
    it.logger.info("the folder was gone, too");
    expect(messages(file)).toEqual(["the folder was gone, too"]);
  });

  test("that was cut goes on where it ends", () => {
    const file = newPath();
    using it = toFile(file);
    it.logger.info("before");
    writeFileSync(file, "");
    it.logger.info("after");
    expect(messages(file)).toEqual(["after"]);
  });

  test("that cannot be written is told once, and its lines go to the terminal until it can", () => {
    const file = newPath();
    using it = toFile(file);
    rmSync(file);
    mkdirSync(file);
    it.logger.info("one");
    it.logger.info("two");
    expect(it.lines).toEqual([
      `the log file ${file} cannot be written (EISDIR); lines follow here until it can\n`,
      expect.stringContaining('"msg":"one"'),
      expect.stringContaining('"msg":"two"'),
    ]);
    rmSync(file, { recursive: true });
    it.logger.info("three");
    expect(messages(file)).toEqual(["three"]);
    expect(it.lines).toHaveLength(3);
  });

  test("that cannot be opened is refused when the logger is made, naming the path and why", () => {
    const file = newPath();
    mkdirSync(file, { recursive: true });
    expect(() => createLogger({ file })).toThrow(
      expect.objectContaining({
        code: "PAWL_LOG_FILE",
        message: `the log file ${file} cannot be opened (EISDIR). Choose another, or see to it that this process may write it`,
        cause: expect.objectContaining({ code: "EISDIR" }),
      }),
    );
  });

  test("can be given to a logger in use, whose children follow; one that cannot be opened changes nothing", () => {
    const [first, second] = [newPath(), newPath()];
    using it = toFile(first);
    const child = it.logger.child({ service: "shop" });
    child.info("a");
    it.logger.configure({ file: second });
    child.info("b");
    expect(() => it.logger.configure({ file: folder, level: "error" })).toThrow("cannot be opened");
    child.info("c");
    expect([messages(first), messages(second)]).toEqual([["a"], ["b", "c"]]);
  });

  test("opens again for a line that comes after it was closed", () => {
    const file = newPath();
    using it = toFile(file);
    it.logger.close();
    it.logger.close();
    appendFileSync(file, "");
    it.logger.info("late");
    expect(messages(file)).toEqual(["late"]);
  });
});
