import { wholeSeconds } from "@pawl/diagnostics";
import type { AppStatus } from "../control/running-apps.ts";
import type { TopRow } from "./top-rows.ts";

/** What rows are sorted by: the tree is the order in which services have started. */
export type TopOrder = "tree" | "rate" | "errors";

export interface TopView {
  readonly order: TopOrder;
  /** The first row that is shown. */
  readonly from: number;
  readonly colours: boolean;
  readonly width: number;
  /** Lines that the rows may take. */
  readonly height: number;
  readonly hint: string;
}

const heading = ["SERVICE", "STATE", "AGE", "RESTARTS", "CALLS/S", "ERRORS", "IN FLIGHT", "NOTE"] as const;
const toTheRight = new Set<number>([2, 3, 4, 5, 6]);

/** The lines of one picture: what the app is at, a heading, and as many rows as there is room for. */
export function topScreen(status: AppStatus, all: readonly TopRow[], view: TopView): readonly string[] {
  const rows = sorted(all, view.order);
  const cells = rows.map((row) => cellsOf(row, view.order));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  // The last column takes what is left.
  widths[heading.length - 1] = 0;
  const shown = cells.slice(view.from, view.from + view.height);
  const paint = (code: number, text: string) => (view.colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const cut = (line: string) => [...line].slice(0, view.width).join("");
  const line = (row: readonly string[]) =>
    cut(row.map((cell, column) => padded(cell, widths[column] ?? 0, toTheRight.has(column))).join("  ")).trimEnd();
  const more = rows.length - view.from - shown.length;
  // It may say what an app has answered.
  const hint = printable(view.hint);
  return [
    paint(1, cut(summary(status, all))),
    paint(
      2,
      cut(
        more > 0 || view.from > 0 ? `${hint}  (${view.from + 1}–${view.from + shown.length} of ${rows.length})` : hint,
      ),
    ),
    paint(7, padded(line([...heading]), Number.isFinite(view.width) ? view.width : 0, false)),
    ...shown.map((row, index) => {
      const of = rows[view.from + index] as TopRow;
      const text = line(row);
      if (of.state === "failed" || of.fails) return paint(31, text);
      if (of.state !== "running" || of.note !== "") return paint(33, text);
      return text;
    }),
  ];
}

function summary(status: AppStatus, rows: readonly TopRow[]): string {
  const sum = (pick: (row: TopRow) => number) => rows.reduce((total, row) => total + pick(row), 0);
  return [
    `${printable(status.name)} (pid ${status.pid})`,
    status.status,
    `up ${wholeSeconds(status.uptimeMs)}`,
    counted(rows.length, "service"),
    `${perSecond(sum(({ rate }) => rate))} calls/s`,
    counted(
      sum(({ errors }) => errors),
      "error",
    ),
    counted(
      sum(({ restarts }) => restarts),
      "restart",
    ),
  ].join("  ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function sorted(rows: readonly TopRow[], order: TopOrder): readonly TopRow[] {
  if (order === "tree") return rows;
  return [...rows].sort((a, b) => b[order] - a[order]);
}

function cellsOf(row: TopRow, order: TopOrder): readonly string[] {
  const { ageMs, restarts, rate, errors, inFlight } = row;
  const name = order === "tree" ? `${"  ".repeat(row.depth)}${row.name}` : row.path;
  return [
    printable(name),
    row.state,
    ageMs === undefined ? "" : wholeSeconds(ageMs),
    restarts === 0 ? "" : String(restarts),
    rate === 0 ? "" : perSecond(rate),
    errors === 0 ? "" : String(errors),
    inFlight === 0 ? "" : String(inFlight),
    printable(row.note),
  ];
}

const perSecond = (rate: number): string => (rate >= 10 || rate === 0 ? Math.round(rate).toString() : rate.toFixed(1));

// Nothing that a terminal would obey.
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ");

function padded(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}
