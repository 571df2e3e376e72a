import { timeoutHeader } from "../actions/timeout-header.ts";
import type { RemoteAnswer, RemoteCall, RemoteTransport } from "./remote-transport.ts";

/** Calls as `POST /<service>/<action>`. */
export function httpTransport(base: URL, fetch: typeof globalThis.fetch): RemoteTransport {
  const urlOf = (service: string, action: string) => new URL(`${service}/${action}`, base);
  return {
    urlOf,
    async send({ service, action, body, headers, timeout, answerLimit, signal }: RemoteCall): Promise<RemoteAnswer> {
      const own = { "Content-Type": "application/json", Accept: "application/json", [timeoutHeader]: String(timeout) };
      const response = await fetch(urlOf(service, action), {
        method: "POST",
        headers: withOwn(headers, own),
        body,
        redirect: "manual",
        signal,
      });
      const { status } = response;
      const location = response.headers.get("location") ?? undefined;
      return { status, isJson: isJson(response), text: await textOf(response, answerLimit), location };
    },
  };
}

/** Names of headers are the same in upper and lower case. */
function withOwn(
  given: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const more = Object.entries(given).filter(([name]) => !taken.has(name.toLowerCase()));
  return { ...Object.fromEntries(more), ...own };
}

/** The body as text; undefined where it is longer, and then the rest is not read. */
async function textOf({ body }: Response, limit: number): Promise<string | undefined> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.byteLength;
    if (length > limit) {
      // Whether its sender takes note of that changes nothing.
      reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function isJson({ headers }: Response): boolean {
  return /^application\/json\s*(;|$)/i.test(headers.get("content-type") ?? "");
}
