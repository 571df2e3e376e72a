import { readFileSync } from "node:fs";
import { repository } from "./setup/tool.ts";

/** A fenced code block of a document. */
export interface Snippet {
  readonly document: string;
  /** The line of its first line of code. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language: `ts no-run` → `["no-run"]`. */
  readonly marks: readonly string[];
  readonly code: string;
}

/** The fenced code blocks of a document, by its path from the top of the repository. */
export function snippetsOf(document: string): Snippet[] {
  const lines = readFileSync(`${repository}/${document}`, "utf8").split(/\r?\n/);
  const snippets: Snippet[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(lines[index] ?? "") ?? [];
    if (fence === undefined) continue;
    const start = index + 1;
    const end = lines.findIndex((line, at) => at >= start && line.trimStart().startsWith(fence));
    if (end < 0) throw new Error(`${document}:${index + 1}: this code block does not end.`);
    const [language = "", ...marks] = info.trim().split(/\s+/);
    const code = lines.slice(start, end).map((line) => line.slice(Math.min(indent.length, line.search(/\S|$/))));
    snippets.push({ document, line: start + 1, language, marks, code: `${code.join("\n")}\n` });
    index = end;
  }
  return snippets;
}

/** Whether this program runs until it is told to stop. */
export const runsUntilStopped = (code: string): boolean => /\.(run|main)\(/.test(code);
