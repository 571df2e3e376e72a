import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Context } from "../context.ts";
import { type Html, jsonScript } from "./html.ts";

/** What a shell gets. */
export interface ShellProps {
  readonly title: string;
  /** What the view rendered; put it into the template as it is. */
  readonly body: HtmlEscapedString;
  /** What `load` gave; for the page of an error the {@link Problem}. */
  readonly data: unknown;
  readonly c: Context;
}

/** Makes the whole document around what a view rendered. */
export type Shell = (props: ShellProps) => Html;

/** The document around views where the app has no shell of its own. The data is in it as the JSON of `#data`. */
export const defaultShell: Shell = ({ title, body, data }) => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem } pre { overflow: auto }</style>
</head>
<body>
<main>
${body}
</main>
${jsonScript(data)}
</body>
</html>
`;

/** What is shown of the data of a controller without a view. */
export function readable(title: string, data: unknown): HtmlEscapedString {
  const text = typeof data === "string" ? data : (JSON.stringify(data, null, 2) ?? "");
  return html`<h1>${title}</h1>
<pre>${text}</pre>` as HtmlEscapedString;
}
