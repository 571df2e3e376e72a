import { inspect } from "node:util";
import {
  AbandonedError,
  AbortError,
  CrashError,
  CycleError,
  EmitError,
  EventLoopError,
  EventPayloadError,
  EventSchemaError,
  EventsDroppedError,
  isAbortError,
  ListenerFullError,
  NotRunningError,
  OwnedError,
  PawlAggregateError,
  PawlError,
  type PawlErrorShape,
  PawlRangeError,
  PawlTypeError,
  StartError,
  StepError,
  StopError,
  UnknownServiceError,
  WaitTimeoutError,
} from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/errors/nearest-name.ts";

const cause = new Error("the cause");

interface Shape {
  readonly error: PawlErrorShape;
  readonly name: string;
  readonly code: string;
  readonly isA: readonly (abstract new (...args: never[]) => Error)[];
}

const shapes: readonly Shape[] = [
  {
    error: new AbandonedError("a/b", 'task "x"', 10_000),
    name: "AbandonedError",
    code: "PAWL_ABANDONED",
    isA: [PawlError],
  },
  { error: new AbortError("gone"), name: "AbortError", code: "PAWL_ABORTED", isA: [PawlError] },
  { error: new CrashError("a/b", cause), name: "CrashError", code: "PAWL_CRASHED", isA: [PawlError] },
  { error: new CycleError(["a", "b", "a"]), name: "CycleError", code: "PAWL_CYCLE", isA: [PawlError, StartError] },
  {
    error: new EmitError("paid", [{ path: "a", error: cause }]),
    name: "EmitError",
    code: "PAWL_EMIT_FAILED",
    isA: [PawlAggregateError, AggregateError],
  },
  { error: new EventLoopError(["a", "b"]), name: "EventLoopError", code: "PAWL_EVENT_LOOP", isA: [PawlError] },
  { error: new EventPayloadError("paid", []), name: "EventPayloadError", code: "PAWL_EVENT_PAYLOAD", isA: [PawlError] },
  { error: new EventSchemaError("paid"), name: "EventSchemaError", code: "PAWL_EVENT_SCHEMA", isA: [PawlError] },
  {
    error: new EventsDroppedError("a/b", 'listener of "paid"', 3, "stopped"),
    name: "EventsDroppedError",
    code: "PAWL_EVENTS_DROPPED",
    isA: [PawlError],
  },
  {
    error: new ListenerFullError("a/b", 'listener of "paid"', "paid", 3),
    name: "ListenerFullError",
    code: "PAWL_LISTENER_FULL",
    isA: [PawlError],
  },
  { error: new NotRunningError("not now"), name: "NotRunningError", code: "PAWL_NOT_RUNNING", isA: [PawlError] },
  { error: new OwnedError("taken", "a/b"), name: "OwnedError", code: "PAWL_OWNED", isA: [PawlError, StartError] },
  {
    error: new StartError("PAWL_START_FAILED", "no", { cause }),
    name: "StartError",
    code: "PAWL_START_FAILED",
    isA: [PawlError],
  },
  { error: new StepError("a/b", "onStop", cause), name: "StepError", code: "PAWL_STEP_FAILED", isA: [PawlError] },
  {
    error: new StopError("a/b", [cause]),
    name: "StopError",
    code: "PAWL_STOP_FAILED",
    isA: [PawlAggregateError, AggregateError],
  },
  {
    error: new UnknownServiceError("who"),
    name: "UnknownServiceError",
    code: "PAWL_UNKNOWN_SERVICE",
    isA: [PawlError],
  },
  {
    error: new WaitTimeoutError("a/b", "paid", 5_000),
    name: "WaitTimeoutError",
    code: "PAWL_WAIT_TIMEOUT",
    isA: [PawlError],
  },
  { error: new PawlTypeError("PAWL_BAD_OPTION", "no"), name: "TypeError", code: "PAWL_BAD_OPTION", isA: [TypeError] },
  {
    error: new PawlRangeError("PAWL_BAD_DURATION", "no"),
    name: "RangeError",
    code: "PAWL_BAD_DURATION",
    isA: [RangeError],
  },
];

describe("§7 Every error has code, message, cause and a name", () => {
  it.each(shapes)("$error.constructor.name", ({ error, name, code, isA }) => {
    expect(error).toBeInstanceOf(Error);
    for (const parent of isA) expect(error).toBeInstanceOf(parent);
    expect(PawlError.is(error)).toBe(true);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(error.message).not.toBe("");
    expect(String(error)).toBe(`${name}: ${error.message}`);
    expect(error.stack).toContain("shapes.test.ts");
  });

  it("names the owner path of the culprit, in the message and as `path`", () => {
    for (const { error } of shapes) {
      if (error.path === undefined || error.path === "a") continue;
      expect(error.path).toBe("a/b");
      if (!(error instanceof OwnedError)) expect(error.message).toContain("a/b");
    }
  });

  it("has the original as its cause, and no cause where there is none", () => {
    expect(new CrashError("a", cause).cause).toBe(cause);
    expect(new StepError("a", "onStop", cause).cause).toBe(cause);
    expect(new StartError("PAWL_START_FAILED", "no", { cause }).cause).toBe(cause);
    expect("cause" in new StartError("PAWL_START_ABORTED", "no")).toBe(false);
    expect(new StepError("a", "onStop", undefined)).toHaveProperty("cause", undefined);
  });

  it("prints with its code, and with its path where it has one; the brand does not show", () => {
    expect(inspect(new CrashError("a/b", cause))).toMatch(/code: 'PAWL_CRASHED'/);
    expect(inspect(new CrashError("a/b", cause))).toMatch(/path: 'a\/b'/);
    expect(inspect(new EventSchemaError("paid"))).not.toMatch(/path|pawl\.error/);
    expect(Object.keys(new EventSchemaError("paid"))).toEqual(["code"]);
  });

  it("can be made of whatever was thrown", () => {
    const noPrototype = Object.create(null) as object;
    const hostile = {
      toString() {
        throw new Error("not even printable");
      },
    };
    const getter = new Error("shadowed");
    Object.defineProperty(getter, "message", {
      get() {
        throw new Error("a getter that throws");
      },
    });
    for (const thrown of [undefined, null, 0, "", "text", Symbol("s"), 10n, noPrototype, hostile, getter, () => {}]) {
      expect(new StepError("a", "onStop", thrown).cause).toBe(thrown);
      expect(new StopError("a", [thrown]).errors).toEqual([thrown]);
      expect(typeof new EmitError("paid", [{ path: "a", error: thrown }]).message).toBe("string");
    }
    expect(new CrashError("a", "text").message).toBe("a crashed: text");
    expect(new CrashError("a", new TypeError()).message).toBe("a crashed: TypeError");
  });
});

describe("§7 Aggregates hold what went wrong", () => {
  it("StopError: `errors` in the order they happened, each on a line of its own", () => {
    const errors = [new StepError("a", "onStop", new Error("one")), new AbandonedError("a/b", "onStop", 1_500)];
    const error = new StopError("a", errors);
    expect(error.errors).toEqual(errors);
    expect(error.message).toBe(
      "a stopped with 2 failures:\n  - a: onStop failed: one\n  - a/b: onStop was still running after 1.5s; it was left behind",
    );
    expect(new StopError("a", [cause]).message).toMatch(/^a stopped with 1 failure:\n/);
  });

  it("EmitError: `errors` are what the listeners threw themselves", () => {
    const error = new EmitError("paid", [
      { path: "a", error: cause },
      { path: "", error: "text" },
    ]);
    expect(error.errors).toEqual([cause, "text"]);
    expect(error.message).toBe('"paid": 2 listeners failed:\n  - a: the cause\n  - text');
  });

  it("EventLoopError: prints the chain, and the ends of a long one", () => {
    expect(new EventLoopError(["a", "b", "a"]).message).toMatch(/^a → b → a: events were nested 3 deep/);
    const long = Array.from({ length: 100 }, (_, i) => `e${i}`);
    expect(new EventLoopError(long).message).toMatch(/^e0 → .* → e7 → … → e99: events were nested 100 deep/);
  });
});

describe("§7 PawlError.is knows errors of another copy of the package", () => {
  it("by their brand, whatever class they are of", async () => {
    // The query makes it a second instance of the same module.
    const path = "../../src/errors/pawl-error.ts?another-copy";
    const copy = (await import(/* @vite-ignore */ path)) as typeof import("../../src/errors/pawl-error.ts");
    expect(copy.PawlError).not.toBe(PawlError);
    const theirs = [
      new copy.PawlError("PAWL_ABORTED", "x"),
      new copy.PawlTypeError("PAWL_BAD_OPTION", "x"),
      new copy.PawlRangeError("PAWL_BAD_DURATION", "x"),
      new copy.PawlAggregateError("PAWL_STOP_FAILED", [], "x"),
    ];
    for (const error of theirs) {
      expect(error).not.toBeInstanceOf(PawlError);
      expect(PawlError.is(error)).toBe(true);
    }
    expect(copy.PawlError.is(new AbortError("ours"))).toBe(true);
  });

  it("and no other error, nor anything else", () => {
    const lookAlike = Object.assign(new Error("x"), { code: "PAWL_ABORTED", path: "a" });
    for (const other of [new Error("x"), lookAlike, { code: "PAWL_ABORTED" }, undefined, null, "PAWL_ABORTED", 3]) {
      expect(PawlError.is(other)).toBe(false);
    }
  });
});

describe("§7 Cancellation is an error named AbortError", () => {
  it.each([
    ["the kernel's", new AbortError("x"), true],
    ["the platform's", AbortSignal.abort().reason as unknown, true],
    ["a library's", Object.assign(new Error("x"), { name: "AbortError" }), true],
    ["a plain object of that name", { name: "AbortError" }, true],
    ["a timeout of the platform", new DOMException("x", "TimeoutError"), false],
    ["another error", new Error("AbortError"), false],
    ["nothing", undefined, false],
    ["null", null, false],
    ["a string", "AbortError", false],
  ])("isAbortError: %s", (_, error, expected) => {
    expect(isAbortError(error)).toBe(expected);
  });
});

describe("The nearest name of a misspelt one", () => {
  it.each([
    ["metric", ["metrics", "email"], "metrics"],
    ["Metrics", ["metrics"], "metrics"],
    ["emial", ["metrics", "email"], "email"],
    ["db", ["dd", "email"], "dd"],
    ["orders", ["metrics", "email"], undefined],
    ["x", [], undefined],
  ])("%s among %j is %s", (wanted, known, expected) => {
    expect(nearestName(wanted, known)).toBe(expected);
  });
});
