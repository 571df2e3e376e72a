import { readFileSync } from "node:fs";
import { backgroundErrorCodes } from "@pawl/background";
import { cliErrorCodes } from "@pawl/cli";
import { diagnosticsErrorCodes } from "@pawl/diagnostics";
import * as http from "@pawl/http";
import { jobErrorCodes } from "@pawl/jobs";
import { errorCodes } from "@pawl/kernel";
import { messageErrorCodes } from "@pawl/messages";
import { metricsErrorCodes } from "@pawl/metrics";
import { natsErrorCodes } from "@pawl/nats";
import { testingErrorCodes } from "@pawl/testing";
import { expect, test } from "vitest";

// Every package's table; a code has its line in docs/ERRORS.md, and a line its code.
const tables: readonly Readonly<Record<string, string>>[] = [
  errorCodes,
  http.httpErrorCodes,
  cliErrorCodes,
  backgroundErrorCodes,
  jobErrorCodes,
  diagnosticsErrorCodes,
  messageErrorCodes,
  metricsErrorCodes,
  natsErrorCodes,
  testingErrorCodes,
];
const documented = [
  ...readFileSync(new URL("../docs/ERRORS.md", import.meta.url), "utf8").matchAll(/^\| `(PAWL_\w+)` \|/gm),
].map((match) => match[1] as string);
const known = tables.flatMap((table) => Object.keys(table));

test("docs/ERRORS.md explains every code", () => {
  expect(known.filter((code) => !documented.includes(code))).toEqual([]);
});

test("docs/ERRORS.md explains no code that does not exist, and none twice", () => {
  expect(documented.filter((code) => !known.includes(code))).toEqual([]);
  expect(new Set(documented).size).toBe(documented.length);
});
