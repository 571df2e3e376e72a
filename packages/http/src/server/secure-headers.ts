import { PawlTypeError } from "@pawl/kernel";

/**
 * What every answer carries unless it says otherwise. The set is that of Hono's `secureHeaders` and helmet without what only
 * browsers of the past know, and without Strict-Transport-Security: whoever ends TLS knows whether that is true, and a
 * wrong one locks visitors out for months.
 */
const everywhere: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** They say how a document behaves in a browser; data is none. */
const forDocuments: Readonly<Record<string, string>> = {
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
};

/** Headers with their values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** What answers carry that do not say otherwise. */
export interface AnswerHeaders {
  readonly all: HeaderList;
  /** Those of data that goes out as JSON. */
  readonly ofData: HeaderList;
  /** What answers that depend on `Accept` say in `Vary`. */
  readonly vary: string;
}

/** The headers of answers: the secure ones, and what the app adds or leaves out. @throws TypeError for a bad header */
export function answerHeaders(own: Readonly<Record<string, string | false>> = {}): AnswerHeaders {
  const added: [name: string, value: string][] = [];
  for (const [name, value] of Object.entries(own)) {
    if (value === false) continue;
    try {
      // Importing this module takes 30 ms, and most apps have no headers of their own.
      const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule("node:http");
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      const { message } = cause as Error;
      throw new PawlTypeError("PAWL_BAD_OPTION", `http: { headers }: ${JSON.stringify(name)}: ${message}`, { cause });
    }
    // Pages and data share one address, so that answers always vary by this one too.
    added.push([name, name.toLowerCase() === "vary" ? `${value}, Accept` : value]);
  }
  const said = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const unsaid = (headers: Readonly<Record<string, string>>) =>
    Object.entries(headers).filter(([name]) => !said.has(name.toLowerCase()));
  const ofData = [...unsaid(everywhere), ...added];
  const vary = added.find(([name]) => name.toLowerCase() === "vary")?.[1] ?? "Accept";
  return { all: [...ofData, ...unsaid(forDocuments)], ofData, vary };
}
