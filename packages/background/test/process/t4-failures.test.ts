import { childProcess, ProcessError } from "@pawl/background";
import { CrashError, PawlError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { until } from "../until.ts";
import { LineRecorder, script } from "./line-recorder.ts";

async function appWithOne() {
  const one = given();
  return { app: await testApp({ providers: { one } }), one };
}

describe("T4 A process that fails is a crash of its service", () => {
  it.each([
    ["ends with another exit code than 0", "exit 3", /^one crashed: one: process "sh" ended with exit code 3 after/],
    ["is ended by a signal", "kill -KILL $$", /^one crashed: one: process "sh" was ended by SIGKILL after/],
    ["says why on stderr", "echo 'no disk' >&2; exit 1", /exit code 1 after \d+ms: no disk$/],
  ])("where nobody holds its handle: one that %s", async (_, code, message) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const ended = app.wait().catch((error: unknown) => error);
    const handle = childProcess(one, ...script(code));
    const error = (await ended) as CrashError;
    expect(error).toBeInstanceOf(CrashError);
    expect(error.message).toMatch(message);
    expect(error.cause).toBeInstanceOf(ProcessError);
    expect(handle.state).toBe("failed");
  });

  it("also one that ends with 0, where it is to run as long as its service", async () => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const ended = app.wait().catch((error: unknown) => error);
    const [file, args] = script("exit 0");
    const handle = childProcess(one, file, args, { longRunning: true });
    expect(await ended).toMatchObject({ path: "one", cause: { code: "PAWL_PROCESS_FAILED", exitCode: 0 } });
    expect(handle.state).toBe("failed");
  });

  it("also one that was killed from outside", async () => {
    const { app, one } = await appWithOne();
    await using _app = app;
    const ended = app.wait().catch((error: unknown) => error);
    const handle = childProcess(one, "sleep", ["60"]);
    process.kill(handle.pid as number, "SIGKILL");
    expect(await ended).toMatchObject({ path: "one", cause: { signal: "SIGKILL", exitCode: null } });
  });

  it("and fails the start where its service is starting", async () => {
    const one = given(async function () {
      childProcess(this, ...script("exit 1"));
      await this.sleep("10s");
    });
    await expect(testApp({ providers: { one } })).rejects.toMatchObject({
      code: "PAWL_START_FAILED",
      path: "one",
      message: expect.stringContaining("exit code 1"),
    });
  });

  it("unless somebody holds it: then the failure is theirs", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const error = (await childProcess(one, ...script("echo one >&2; echo two >&2; exit 4")).catch(
      (reason: unknown) => reason,
    )) as ProcessError;
    expect(error).toBeInstanceOf(ProcessError);
    expect(error).toMatchObject({ code: "PAWL_PROCESS_FAILED", path: "one", exitCode: 4, signal: null });
    expect(error.stderr).toEqual(["one", "two"]);
    expect(error.ms).toBeGreaterThanOrEqual(0);
    expect(app.state).toBe("running");
  });
});

describe("A process that cannot be started", () => {
  it.each([
    ["nobody-has-this", {}, "ENOENT", "there is no nobody-has-this; install it, or give its whole path"],
    ["/nowhere/program", {}, "ENOENT", "there is no /nowhere/program; give the path of a file that exists"],
    ["ls", { cwd: "/nowhere" }, "ENOENT", "there is no ls, or there is no folder /nowhere"],
    ["/etc/passwd", {}, "EACCES", "EACCES"],
  ])("tells why: %s %o", async (file, options, code, message) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const handle = childProcess(one, file, [], options);
    expect(handle.pid).toBe(undefined);
    const error = await handle.catch((reason: unknown) => reason);
    expect(PawlError.is(error)).toBe(true);
    expect(error).toMatchObject({
      code: "PAWL_PROCESS_NOT_STARTED",
      path: "one",
      message: expect.stringContaining(message),
      cause: { code },
    });
    expect(handle.kill()).toBe(false);
    expect(app.facts.of("process.started")).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("is a crash where nobody holds it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    childProcess(one, "nobody-has-this");
    expect(await ended).toMatchObject({ path: "one", cause: { code: "PAWL_PROCESS_NOT_STARTED" } });
  });
});

describe("onError", () => {
  it('"report" hands a failure that nobody holds to onError of the app, and the service goes on', async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    childProcess(one, ...script("exit 3", { onError: "report", label: "sync" }));
    await until("it is told", () => app.errors.length > 0);
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_PROCESS_FAILED" }, origin: { path: "one" } }]);
    expect(app.state).toBe("running");
  });

  it("as a function decides itself", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const error = await new Promise((resolve) => {
      childProcess(one, ...script("exit 3", { onError: resolve }));
    });
    expect(error).toMatchObject({ exitCode: 3 });
    expect(app.state).toBe("running");
  });
});

describe("A function that was given a line and fails", () => {
  it("goes to onError; the next line is told", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const onLine = async (line: string) => {
      if (line === "bad") throw new Error("cannot read it");
      said.take.call(one, line, undefined as never);
    };
    await childProcess(one, ...script("echo bad; echo good", { onLine }));
    expect(said.lines).toEqual(["good"]);
    expect(app.errors).toMatchObject([
      { error: new Error("cannot read it"), origin: { path: "one", label: 'line of process "sh"' } },
    ]);
  });

  it('crashes the service with onError: "crash"', async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    const onLine = () => {
      throw new Error("cannot read it");
    };
    childProcess(one, ...script("echo bad; exec sleep 60", { onLine, onError: "crash" }));
    expect(await ended).toMatchObject({ path: "one", cause: new Error("cannot read it") });
  });
});

describe("An option", () => {
  it.each([
    [{ file: "" }, "file"],
    [{ file: 3 }, "file"],
    [{ args: ["-n", 3] }, "args"],
    [{ args: "-n" }, "args"],
    [{ options: { onLine: "log" } }, "onLine"],
    [{ options: { stdin: "inherit" } }, "stdin"],
    [{ options: { maxLineLength: 0 } }, "maxLineLength"],
    [{ options: { onError: "ignore" } }, "onError"],
    [{ options: { signal: {} } }, "signal"],
    [{ options: { killAfter: "11s" } }, "killAfter }): it is 11s, but the stop of one waits for 10s only"],
    [{ options: null }, "options"],
  ])("that it cannot have is refused at once: %j", async (wrong, named) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { file, args, options } = { file: "sleep", args: ["60"], options: {}, ...wrong };
    expect(() => childProcess(one, file as string, args as string[], options as never)).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION", message: expect.stringContaining(named) }),
    );
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("killAfter that is no duration is one, too", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    expect(() => childProcess(one, "sleep", ["60"], { killAfter: "soon" as never })).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_DURATION" }),
    );
  });
});
