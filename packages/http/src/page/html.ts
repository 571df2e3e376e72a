import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** What a view or a shell gives: a template of `hono/html`, a node of `hono/jsx`, or a string, which is HTML as it stands. */
export type Html = HtmlEscapedString | string | Promise<HtmlEscapedString | string>;

/** Settles what a view gave into something that a template takes as HTML, and that `String()` gives in full. */
export async function settled(given: Html): Promise<HtmlEscapedString> {
  const html = await given;
  // A node of hono/jsx becomes a promise where a component of it is async.
  const text = await (html.toString() as string | Promise<string>);
  return raw(text, (html as Partial<HtmlEscapedString>).callbacks);
}

const unsafe: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/**
 * A script element that carries `data` for scripts of the page, safe whatever the data says: no text in it can end the
 * element.
 *
 * @param id of the element
 * @example
 * html`${jsonScript(stats, "stats")}`;
 * // in the page: JSON.parse(document.getElementById("stats").textContent)
 */
export function jsonScript(data: unknown, id = "data"): HtmlEscapedString {
  const json = (JSON.stringify(data) ?? "null").replace(
    /[<>&\u2028\u2029]/g,
    (character) => unsafe[character] as string,
  );
  const name = id.replace(/[^\w:.-]/g, "-");
  return raw(`<script type="application/json" id="${name}">${json}</script>`);
}
