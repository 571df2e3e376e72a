import { styleText } from "node:util";
import type { SecretVariable } from "./app-options.ts";
import type { Field, FieldInCode, Group } from "./option-group.ts";

/** Where help goes. */
export interface Screen extends NodeJS.WritableStream {
  readonly columns?: number | undefined;
}

/** What there is to give. */
export interface Offered {
  /** Of the providers. */
  readonly groups: readonly Group[];
  readonly appGroups: readonly Group[];
  readonly variables: readonly SecretVariable[];
}

const indent = "  ";

/** Every option of every provider, then those of the app. */
export function helpText(usage: string, { groups, appGroups, variables }: Offered, screen: Screen): string {
  const width = Math.min(Math.max(screen.columns ?? 80, 60), 120);
  const title = (text: string) => styleText("bold", text, { stream: screen });
  const section = ({ title: name, fields, inCode, note }: Group) => {
    const lines = [
      ...fields.map((field) => entry(flagsOf(field), textsOf(field), width)),
      ...inCode.map((field) => entry(field.path.join("."), textsInCode(field), width)),
    ];
    return [title(name), ...(note ? [`${indent}${note}`] : lines)].join("\n");
  };
  const app = [
    entry(
      "--only <name,…>",
      ["Start these and what they need, and nothing else", "without names: list them · env PAWL_ONLY"],
      width,
    ),
    entry("--check", ["Validate the options, print what would start, and start nothing"], width),
    entry("--version", ["Print the versions of the program and of Pawl"], width),
    entry("-h, --help", ["Print this"], width),
    ...variables.map(({ name, help }) => entry(name, [help, "secret · in the environment only"], width)),
  ];
  return [`Usage: ${usage}`, ...groups.map(section), ...appGroups.map(section), [title("App"), ...app].join("\n")].join(
    "\n\n",
  );
}

function flagsOf({ flag, type }: Field): string {
  if (!type.boolean) return `--${flag} <${type.label}>`;
  const other = type.label === "boolean" ? "" : ` [${type.label}]`;
  return `--[no-]${flag}${other}`;
}

/** What it is for; then, on a line of its own, what counts without it and its variable. */
function textsOf({ help, fallback, required, secret, variables, type }: Field): readonly string[] {
  const shown = secret && fallback !== undefined ? "•••• (secret)" : fallbackText(fallback);
  const isRequired = required && fallback === undefined;
  const facts = [
    ...(isRequired ? ["required"] : shown === undefined ? [] : [`default ${shown}`]),
    ...(secret && fallback === undefined ? ["secret"] : []),
    ...(type.items ? [type.items.json ? "more than once, or as a JSON list" : "more than once, or with commas"] : []),
    `env ${variables.join(" or ")}`,
  ];
  return [...(help === undefined ? [] : [help]), facts.join(" · ")];
}

function textsInCode({ help, required }: FieldInCode): readonly string[] {
  return [...(help === undefined ? [] : [help]), `${required ? "required · " : ""}set in code only`];
}

function fallbackText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "") return value;
  if (Array.isArray(value) && value.length === 0) return "none";
  return JSON.stringify(value) ?? String(value);
}

function entry(flags: string, texts: readonly string[], width: number): string {
  // Where there is no room for two columns, texts stand below their flags.
  const margin = " ".repeat(width < 80 ? 6 : 32);
  const lines = texts.flatMap((text) => wrapped(text, width - margin.length));
  const head = `${indent}${flags}`;
  // Flags that are too long for their column have a line of their own.
  const [first = "", ...rest] = lines;
  const top = head.length < margin.length ? [`${head.padEnd(margin.length)}${first}`] : [head, `${margin}${first}`];
  return [...top, ...rest.map((line) => `${margin}${line}`)].map((line) => line.trimEnd()).join("\n");
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
