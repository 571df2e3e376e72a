/** The version of the format: another one is not read. */
export const flightVersion = 1;

/** The first line of a record. */
export interface FlightHeader {
  /** Which version of the format it is; marks a file as a record. */
  readonly flight: number;
  /** Name of the app. */
  readonly app: string;
  readonly pid: number;
  /** Version of Node.js, without a `v`. */
  readonly node: string;
  /** When it was written, ISO 8601. */
  readonly writtenAt: string;
  /** What it was written for: `"crash"`, `"failed start"`, `"asked for"` … */
  readonly why: string;
  /** How many facts it has. */
  readonly count: number;
  /** How many had fallen out of the recorder before. */
  readonly dropped: number;
}

/** A fact as it is kept: plain JSON, with a number that goes up by one from fact to fact, from 1. */
export interface RecordedFact {
  readonly seq: number;
  readonly kind: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly [field: string]: unknown;
}
