import { readFileSync } from "node:fs";
import { messageOf } from "@pawl/kernel/extend";
import { flightUnreadable } from "../errors/flight-errors.ts";
import { type FlightHeader, flightVersion, type RecordedFact } from "./flight-format.ts";

/** A record, read. */
export interface Flight {
  readonly header: FlightHeader;
  /** Oldest first. */
  readonly facts: readonly RecordedFact[];
  /** What is wrong with the file, though it could be read: lines that are damaged or missing, facts that were not kept. */
  readonly notes: readonly string[];
}

/**
 * Reads a flight record. Lines that are damaged are left out, and `notes` says so.
 *
 * @throws PawlError `PAWL_FLIGHT_UNREADABLE` where it cannot be read, is no record, or has another version
 * @example
 * const { header, facts } = readFlight("/tmp/shop.20261121T105615123Z.4711.flight.jsonl");
 */
export function readFlight(file: string): Flight {
  const [first = "", ...lines] = textOf(file).split("\n");
  const header = headerOf(file, first);
  const facts: RecordedFact[] = [];
  const notes: string[] = [];
  // A whole file ends with the end of a line.
  const last = lines.pop();
  for (const [index, line] of lines.entries()) {
    const fact = factOf(line);
    if (fact) facts.push(fact);
    else notes.push(`line ${index + 2} is damaged and left out`);
  }
  if (last !== "") {
    const fact = factOf(last ?? "");
    if (fact) facts.push(fact);
    else notes.push("the file ends in the middle of a line; that fact is left out");
  }
  if (facts.length + notes.length < header.count) {
    notes.push(`the file has ${facts.length} of ${header.count} facts; the rest was cut off`);
  }
  if (notes.length === 0) notes.push(...gapsIn(facts));
  return { header, facts, notes };
}

/** A record is written when a run fails and completed when all has stopped; what came between may be more than is kept. */
function gapsIn(facts: readonly RecordedFact[]): readonly string[] {
  return facts.slice(1).flatMap(({ seq }, index) => {
    const missing = seq - (facts[index]?.seq ?? seq) - 1;
    return missing > 0 ? [`${missing} facts before number ${seq} were no longer kept`] : [];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw flightUnreadable(file, `it cannot be read: ${messageOf(error)}`, error);
  }
}

function headerOf(file: string, line: string): FlightHeader {
  const header = parsed(line) as Partial<FlightHeader> | undefined;
  if (typeof header?.flight !== "number") {
    throw flightUnreadable(file, "this is no flight record; the name of one ends in .flight.jsonl");
  }
  if (header.flight !== flightVersion) {
    throw flightUnreadable(
      file,
      `it has version ${header.flight} of the format, and this reads version ${flightVersion}; use the pawl that the app was built with`,
    );
  }
  const { app, pid, node, writtenAt, why, count, dropped } = header;
  const texts = [app, node, writtenAt, why].every((field) => typeof field === "string");
  if (!texts || ![pid, count, dropped].every((field) => Number.isInteger(field))) {
    throw flightUnreadable(file, "its first line is damaged");
  }
  return header as FlightHeader;
}

function factOf(line: string): RecordedFact | undefined {
  const fact = parsed(line) as Partial<RecordedFact> | undefined;
  const isFact = typeof fact?.kind === "string" && Number.isInteger(fact.seq) && Number.isFinite(fact.at);
  return isFact ? (fact as RecordedFact) : undefined;
}

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
