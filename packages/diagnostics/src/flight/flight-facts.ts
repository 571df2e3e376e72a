/** What is recorded of the recorder itself. */
interface FlightFacts {
  /** The flight record was written to `file`; `why` says for what. */
  "recorder.written": { readonly file: string; readonly why: string };
}

declare module "@pawl/kernel" {
  interface Facts extends FlightFacts {}
}

export type { FlightFacts };
