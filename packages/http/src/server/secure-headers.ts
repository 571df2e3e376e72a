import { validateHeaderName, validateHeaderValue } from "node:http";
import { PawlTypeError } from "@pawl/kernel";

/**
 * What every answer carries unless it says otherwise. The set is that of Hono's `secureHeaders` and helmet without what only
 * browsers of the past know, and without Strict-Transport-Security: whoever ends TLS knows whether that is true, and a
 * wrong one locks visitors out for months.
 */
const secure: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
};

/** The headers of every answer: the secure ones, and what the app adds or leaves out. @throws TypeError for a bad header */
export function checkHeaders(
  own: Readonly<Record<string, string | false>> = {},
): readonly (readonly [name: string, value: string])[] {
  const headers = new Map(Object.entries(secure).map((entry) => [entry[0].toLowerCase(), entry] as const));
  for (const [name, value] of Object.entries(own)) {
    if (value === false) {
      headers.delete(name.toLowerCase());
      continue;
    }
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `http: { headers }: ${JSON.stringify(name)}: ${(cause as Error).message}`,
        { cause },
      );
    }
    // Pages and data share one address, so that answers always vary by this one too.
    headers.set(name.toLowerCase(), [name, name.toLowerCase() === "vary" ? `${value}, Accept` : value]);
  }
  return [...headers.values()];
}
