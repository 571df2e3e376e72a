import { html, raw } from "hono/html";
import type { ShellProps } from "pawl";
import { style } from "./style.ts";

/** The page around every view. */
export const AppShell = ({ title, body }: ShellProps) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <style>${raw(style)}</style>
  </head>
  <body>
    <header><a href="/dashboard">⚙ Pawl shop</a></header>
    <main>${body}</main>
  </body>
</html>`;
