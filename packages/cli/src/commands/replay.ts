import { styleText } from "node:util";
import { type Flight, type RecordedFact, readFlight } from "@pawl/diagnostics";
import { escaped } from "../logs/pretty-line.ts";
import { culpritOf, errorLine, errorLines } from "../replay/culprit.ts";
import { type FactLine, factLines } from "../replay/fact-lines.ts";
import { drawPhase, phasesOf } from "../replay/timeline.ts";
import { type Command, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { note, print } from "./output.ts";

export const replay: Command = {
  name: "replay",
  usage: "<file>",
  summary: "shows what happened in an app, from the record that it wrote when it failed",
  details: `  pawl replay shop.20261121T105615123Z.4711.flight.jsonl --timeline
  pawl replay <file> --kind 'service.*,crash' --path metrics
The log of the app says where the record is; \`pawl call <app> pawl.record\` has one written.`,
  options: {
    kind: { type: "string", value: "kinds", help: "only facts of these kinds: 'service.*,crash'" },
    path: { type: "string", value: "path", help: "only what is about this service, and what it owns" },
    timeline: { type: "boolean", help: "when everything started and stopped, as bars" },
    ...jsonOption,
  },
  operands: { min: 1, max: 1 },
  run(invocation) {
    const { operands, options } = invocation;
    const flight = readFlight(operands[0] as string);
    const isWanted = wanted(textOption(invocation, "kind"), textOption(invocation, "path"));
    if (options["timeline"]) showTimeline(flight, options["json"] === true);
    else if (options["json"]) print(JSON.stringify({ ...flight, facts: flight.facts.filter(isWanted) }));
    else showFacts(flight, isWanted);
    return 0;
  },
};

type Style = (text: string, as: Parameters<typeof styleText>[0]) => string;

function showFacts(flight: Flight, isWanted: (fact: RecordedFact) => boolean): void {
  const style = styleOf();
  const told = new Set<string>();
  showHeader(flight, style, told);
  const start = flight.facts[0]?.at ?? 0;
  const lines = factLines(flight.facts, told).filter(({ fact }) => isWanted(fact));
  const offsets = lines.map(({ fact }) => `+${((fact.at - start) / 1_000).toFixed(3)}s`);
  const width = Math.max(0, ...offsets.map(({ length }) => length));
  for (const [index, line] of lines.entries()) {
    print(`${style((offsets[index] ?? "").padStart(width), "dim")}  ${coloured(line, style)}`);
    for (const more of line.more) print(`${" ".repeat(width + 4)}${escaped(more)}`);
  }
  if (lines.length === 0) note("pawl replay: no fact fits");
}

function showTimeline(flight: Flight, asJson: boolean): void {
  const phases = phasesOf(flight.facts);
  if (asJson) {
    print(JSON.stringify(phases));
    return;
  }
  showHeader(flight, styleOf(), new Set());
  // A pipe has no width of its own.
  const width = process.stdout.columns ?? 80;
  for (const [index, phase] of phases.entries()) {
    if (index > 0) print("");
    for (const line of drawPhase(phase, width)) print(escaped(line));
  }
  if (phases.length === 0) note("pawl replay: the record has no start and no stop");
}

function showHeader({ header, facts, notes }: Flight, style: Style, told: Set<string>): void {
  const { app, pid, node, writtenAt, why, dropped } = header;
  print(escaped(`${app} (process ${pid}, node ${node}), written at ${writtenAt}: ${why}`));
  const first = facts[0];
  const since = first ? `, from ${new Date(first.at).toISOString()} on` : "";
  print(`${facts.length} facts${since}${dropped > 0 ? `; ${dropped} older ones were no longer kept` : ""}`);
  for (const each of notes) note(`pawl replay: ${each}`);
  const culprit = culpritOf(facts);
  if (culprit) {
    const { path, what, error } = culprit;
    print(style(escaped(`${path} ${what}${error === undefined ? "" : `: ${errorLine(error)}`}`), "red"));
    for (const line of error === undefined ? [] : errorLines(error, told).slice(1)) print(escaped(line));
  }
  print("");
}

function coloured({ level, text }: FactLine, style: Style): string {
  const line = escaped(text.replaceAll("\n", "\n    "));
  if (level === "info") return line;
  return style(line, level === "debug" ? "gray" : level === "warn" ? "yellow" : "red");
}

function styleOf(): Style {
  const colours = process.stdout.isTTY === true && process.stdout.hasColors();
  return (text, as) => (colours ? styleText(as, text, { validateStream: false }) : text);
}

function wanted(kinds: string | undefined, path: string | undefined): (fact: RecordedFact) => boolean {
  const selectors = kinds?.split(",").map((kind) => kind.trim());
  const ofKind = (kind: string) =>
    selectors?.some(
      (one) => one === "*" || one === kind || (one.endsWith(".*") && kind.startsWith(one.slice(0, -1))),
    ) ?? true;
  const isAbout = (its: unknown) =>
    path === undefined || (typeof its === "string" && (its === path || its.startsWith(`${path}/`)));
  return (fact) => ofKind(fact.kind) && isAbout(fact["path"]);
}
