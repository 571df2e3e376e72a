import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../packages/jobs/test/stores/postgres-server.ts";
import { hasServer, NatsServer } from "../packages/nats/test/nats-server.ts";
import { sourceFiles } from "./import-graph.ts";
import { runProgram } from "./run-program.ts";
import { repository, tool } from "./setup/tool.ts";
import { runsUntilStopped, type Snippet, snippetsOf } from "./snippets.ts";

// What the documents show is true:
// - Every ```ts block of README.md, ARCHITECTURE.md and docs/**/*.md is a program of its own: one file, its own module
//   augmentations. It is type-checked and run against the built packages, as a user has them.
// - It has to end by itself with exit code 0. One that calls `.run()` or `.main()` is stopped with SIGINT once it is up.
// - ```ts nats needs a server at nats://127.0.0.1:4222: it is given one of its own at another port, and where nats-server is
//   not installed it is type-checked only.
// - ```ts postgres needs a database at postgres://127.0.0.1:5432/shop, and is given one of its own likewise.
// - ```ts hash.ts is a file of that name, beside the next program of the document, which imports it.
// - ```ts no-run blocks are type-checked only, for what cannot stand alone (a file of a test, a fragment of a setup).
// - Every `npx -y pnpm@12 <script>` in a ```sh block names a script of package.json.
// Blocks in other languages are not looked at; write TypeScript that is no program as ```txt.

const documents = ["README.md", "ARCHITECTURE.md", ...sourceFiles("docs/**/*.md")].filter((document) =>
  existsSync(`${repository}/${document}`),
);
const snippets = documents.flatMap(snippetsOf);
const code = snippets.filter(({ language }) => language === "ts");
const fileName = ({ marks }: Snippet) => marks.find((mark) => mark.endsWith(".ts"));
const programs = code.filter((snippet) => fileName(snippet) === undefined);
/** The files that stand before a program, up to the program before it. */
const filesOf = (program: Snippet) => {
  const at = code.indexOf(program);
  const before = code.slice(0, at);
  return before.slice(before.findLastIndex((snippet) => fileName(snippet) === undefined) + 1);
};
const folder = `${repository}/.snippets`;
const nameOf = ({ document, line }: Snippet) => `${document.replace(/[^a-z0-9]+/gi, "-")}-${line}`;

/** What the compiler said, by the name of the program. */
const typeErrors = new Map<string, string[]>();

const needsServer = ({ marks }: Snippet) => marks.includes("nats");
const needsPostgres = ({ marks }: Snippet) => marks.includes("postgres");
const canRun = (snippet: Snippet) =>
  !snippet.marks.includes("no-run") && (hasServer || !needsServer(snippet)) && (hasPostgres || !needsPostgres(snippet));
if (!hasPostgres) process.stderr.write("no initdb was found: examples that need Postgres are SKIPPED\n");
let server: NatsServer | undefined;
let postgres: PostgresServer | undefined;
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await postgres?.stop();
});

beforeAll(async () => {
  if (hasServer && programs.some(needsServer)) server = await NatsServer.start();
  if (hasPostgres && programs.some(needsPostgres)) postgres = await startPostgres();
  rmSync(folder, { recursive: true, force: true });
  for (const snippet of programs) {
    mkdirSync(`${folder}/${nameOf(snippet)}`, { recursive: true });
    let own = server ? snippet.code.replaceAll("nats://127.0.0.1:4222", server.url) : snippet.code;
    if (postgres && needsPostgres(snippet)) {
      own = own.replaceAll("postgres://127.0.0.1:5432/shop", await postgres.database());
    }
    writeFileSync(`${folder}/${nameOf(snippet)}/program.ts`, own);
    for (const file of filesOf(snippet)) writeFileSync(`${folder}/${nameOf(snippet)}/${fileName(file)}`, file.code);
    writeFileSync(`${folder}/${nameOf(snippet)}/tsconfig.json`, JSON.stringify(programConfig));
  }
  if (programs.length > 0) checkTypes();
}, 120_000);

const programConfig = {
  extends: "../../tsconfig.base.json",
  compilerOptions: { noEmit: true, customConditions: [], moduleDetection: "force", noUnusedLocals: false },
  files: ["program.ts"],
};

function checkTypes(): void {
  const references = programs.map((snippet) => ({ path: nameOf(snippet) }));
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ files: [], references }));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tool("typescript/bin/tsc"), "-b", "--pretty", "false"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  let name = "";
  for (const line of `${stdout}${stderr}`.split("\n").filter((text) => text.trim() !== "")) {
    // Lines that begin with a path begin a new error; what is indented belongs to the one before.
    name = /^([^/\\(\s]+)[/\\]program\.ts\(/.exec(line)?.[1] ?? (line.startsWith(" ") ? name : "");
    typeErrors.set(name, [...(typeErrors.get(name) ?? []), line]);
  }
  const rest = typeErrors.get("");
  if (rest || (status !== 0 && typeErrors.size === 0)) throw new Error(rest?.join("\n") ?? `tsc ended with ${status}`);
}

test("the packages that the documents speak of can be built", () => {
  expect(inject("buildErrors")).toBe("");
});

test.each(programs)("type-checks $document:$line", (snippet) => {
  expect(typeErrors.get(nameOf(snippet))?.join("\n") ?? "").toBe("");
});

test.concurrent.each(programs.filter(canRun))("runs $document:$line", { timeout: 60_000 }, async (snippet) => {
  // Node 22 has no `using`; there only what the compiler makes of it could run.
  if (/\busing\b/.test(snippet.code) && Number.parseInt(process.versions.node, 10) < 24) return;
  const { code, signal, output } = await runProgram("program.ts", {
    cwd: `${folder}/${nameOf(snippet)}`,
    interrupt: runsUntilStopped(snippet.code),
  });
  expect({ code, signal }, output).toEqual({ code: 0, signal: null });
});

test("names scripts that exist", () => {
  const { scripts } = JSON.parse(readFileSync(`${repository}/package.json`, "utf8")) as { scripts: object };
  const known = [...Object.keys(scripts), "install", "exec"];
  const unknown = snippets
    .filter(({ language }) => language === "sh")
    .flatMap(({ document, line, code }) =>
      [...code.matchAll(/npx -y pnpm@12 (?:run )?([\w:-]+)/g)].map(([, script = ""]) => ({ document, line, script })),
    )
    .filter(({ script }) => !known.includes(script));
  expect(unknown).toEqual([]);
});
