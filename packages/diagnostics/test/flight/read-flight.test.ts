import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FlightHeader, readFlight } from "@pawl/diagnostics";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

const header: FlightHeader = {
  flight: 1,
  app: "shop",
  pid: 4711,
  node: "24.21.0",
  writtenAt: "2026-11-21T10:56:15.123Z",
  why: "crash",
  count: 2,
  dropped: 0,
};
const facts = [
  { seq: 1, kind: "kernel.starting", at: 1_000, name: "shop" },
  { seq: 2, kind: "kernel.started", at: 1_010, name: "shop", ms: 10 },
];
const lines = [header, ...facts].map((line) => JSON.stringify(line));

/** Reads a file of this text. */
function read(text: string) {
  using folder = temporaryFolder();
  const file = join(folder.path, "shop.flight.jsonl");
  writeFileSync(file, text);
  return readFlight(file);
}

test("reads a whole file without notes", () => {
  expect(read(`${lines.join("\n")}\n`)).toEqual({ header, facts, notes: [] });
});

test("leaves out a last line that was cut off, and says so", () => {
  const flight = read(`${lines.join("\n").slice(0, -5)}`);
  expect(flight.facts).toEqual(facts.slice(0, 1));
  expect(flight.notes).toEqual(["the file ends in the middle of a line; that fact is left out"]);
});

test("says how many facts were cut off", () => {
  const flight = read(`${lines.slice(0, 2).join("\n")}\n`);
  expect(flight.notes).toEqual(["the file has 1 of 2 facts; the rest was cut off"]);
});

test("leaves out a damaged line, and says which", () => {
  const flight = read(`${[lines[0], '{"seq":1,', lines[2]].join("\n")}\n`);
  expect(flight.facts).toEqual(facts.slice(1));
  expect(flight.notes).toEqual(["line 2 is damaged and left out"]);
});

test.each([
  ["an empty file", "", "no flight record"],
  ["a log", '{"level":30,"msg":"started"}\n', "no flight record"],
  ["any other text", "Lorem ipsum\ndolor", "no flight record"],
  ["a list", "[1]\n", "no flight record"],
  ["another version", `${JSON.stringify({ ...header, flight: 2 })}\n`, "version 2"],
  ["a header with holes", `${JSON.stringify({ flight: 1, app: "shop" })}\n`, "first line is damaged"],
])("refuses %s", (_, text, message) => {
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: "PAWL_FLIGHT_UNREADABLE", message: expect.stringContaining(message) }),
  );
});

test("refuses a file that is not there, with the reason of the system", () => {
  expect(() => readFlight("/nowhere/at.all")).toThrow(
    expect.objectContaining({ code: "PAWL_FLIGHT_UNREADABLE", message: expect.stringMatching(/^\/nowhere.*ENOENT/) }),
  );
});
