import { html, raw } from "hono/html";
import type { ShellProps } from "pawl";
import { style } from "./style.ts";

const icon = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><text y=".9em" font-size="90">⚙</text></svg>')}`;

const nav = [
  ["/_pawl", "inspector"],
  ["/metrics", "metrics"],
  ["/readyz", "health"],
  ["/openapi.json", "actions"],
];

/** The page around every view. */
export const AppShell = ({ title, body }: ShellProps) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="${icon}">
    <title>${title}</title>
    <style>${raw(style)}</style>
  </head>
  <body>
    <header><a href="/dashboard">⚙ Pawl shop</a></header>
    <main>${body}</main>
    <footer>What it is doing: ${nav.map(([path, name]) => html`<a href="${path}">${name}</a>`)}</footer>
  </body>
</html>`;
