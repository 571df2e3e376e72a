import { accepts } from "hono/accepts";
import type { Context } from "../context.ts";

type Accept = Parameters<NonNullable<Parameters<typeof accepts>[1]["match"]>>[0][number];
type Choice = "html" | "json";

const htmlType = "text/html";
const jsonType = "application/json";

/** How much a client wants `type`: the quality of the most specific range that covers it (RFC 9110, 12.5.1). */
function quality(ranges: readonly Accept[], type: string): { readonly q: number; readonly place: number } {
  let found = { q: 0, place: Number.POSITIVE_INFINITY };
  let specificity = 0;
  const group = `${type.slice(0, type.indexOf("/"))}/*`;
  ranges.forEach((range, place) => {
    const name = range.type.toLowerCase();
    const specific = name === type ? 3 : name === group ? 2 : name === "*/*" ? 1 : 0;
    if (specific <= specificity) return;
    specificity = specific;
    // A client that takes anything has asked for nothing: it comes after all that is named.
    found = { q: range.q, place: specific === 1 ? Number.POSITIVE_INFINITY : place };
  });
  return found;
}

function choose(ranges: readonly Accept[]): Choice {
  const html = quality(ranges, htmlType);
  const json = quality(ranges, jsonType);
  return html.q > json.q || (html.q === json.q && html.place < json.place) ? "html" : "json";
}

// Clients send a few headers over and over. Bounded, and the long ones left out: a client can send any number of them.
const known = new Map<string, Choice>();
const mostKnown = 256;
const longestKnown = 256;

/** What a client wants, by its `Accept` header: a browser HTML, and whoever does not say so JSON. */
export function preferred(c: Context): Choice {
  // Node has it at hand; asking Hono for it would build what most requests do not need.
  const { incoming } = c.env;
  const header = incoming ? incoming.headers.accept : c.req.header("accept");
  if (header === undefined || header === "*/*" || header === jsonType) return "json";
  const before = known.get(header);
  if (before) return before;
  const choice = accepts(c, {
    header: "Accept",
    supports: ["html", "json"],
    default: "json",
    match: choose,
  }) as Choice;
  if (known.size < mostKnown && header.length <= longestKnown) known.set(header, choice);
  return choice;
}
