import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { importsIn, packageOf, sourceFiles } from "./import-graph.ts";
import { runProgram } from "./run-program.ts";
import { repository, tool } from "./setup/tool.ts";
import { runsUntilStopped, snippetsOf } from "./snippets.ts";

// The packages as they would be published: packed, judged by publint and attw, and installed into an empty project
// outside the workspace, where the first example of the README runs under plain Node.

const packages = sourceFiles("packages/*/package.json")
  .map((file) => ({ folder: `${repository}/${file.replace("/package.json", "")}`, manifest: manifestOf(file) }))
  .filter(({ manifest }) => !manifest.private);
const work = mkdtempSync(`${tmpdir()}/pawl-packed-`);
const tarballs = new Map<string, string>();

// What else the example imports is installed at the version that the repository tests with.
const versions = manifestOf("package.json").devDependencies ?? {};

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(file: string): Manifest {
  return JSON.parse(readFileSync(`${repository}/${file}`, "utf8"));
}

/** Runs a command and gives back what it said; rejects with that when it fails. */
function command(cwd: string, program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`)),
    );
  });
}

const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];

/** The first match in what a stream brings; rejects where it ends without. */
function lineOf(stream: NodeJS.ReadableStream, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.on("data", (chunk) => {
      text += chunk;
      const [found] = wanted.exec(text) ?? [];
      if (found !== undefined && text.includes("\n", text.indexOf(found))) resolve(found);
    });
    stream.once("end", () => reject(new Error(`it ended without ${wanted}:\n${text}`)));
  });
}

const pack = async ({ folder, manifest }: (typeof packages)[number]) => {
  const destination = `${work}/${manifest.name.replace("/", "-")}`;
  await command(folder, "pnpm", "pack", "--pack-destination", destination);
  tarballs.set(manifest.name, `${destination}/${globSync("*.tgz", { cwd: destination })[0]}`);
};

beforeAll(async () => {
  expect(inject("buildErrors")).toBe("");
  await Promise.all(packages.map(pack));
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }), 60_000);

describe.concurrent.each(packages.map(({ manifest }) => manifest.name))("%s", (name) => {
  const tarball = () => tarballs.get(name) ?? expect.unreachable(`${name} was not packed`);

  test("holds what it promises, to publint", async () => {
    await command(work, process.execPath, tool("publint/src/cli.js"), "run", tarball(), "--strict");
  });

  test("resolves with its types, to attw", async () => {
    const attw = tool("@arethetypeswrong/cli/dist/index.js");
    await command(work, process.execPath, attw, tarball(), "--profile", "esm-only", "--no-color");
  });
});

test("a project made by `pawl new` runs with the two commands of its README; its tests and types are right", async () => {
  // As `npx pawl new` would: the packages stand somewhere by themselves.
  const tools = mkdtempSync(`${work}/tools-`);
  const fromTarballs = Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]));
  const manifest = (dependencies: object, more: object = {}) =>
    JSON.stringify({ private: true, ...more, dependencies, overrides: fromTarballs });
  writeFileSync(`${tools}/package.json`, manifest({ pawl: fromTarballs["pawl"] }));
  await command(tools, "npm", "install", ...quietly);
  const project = `${work}/my-shop`;
  expect(await command(work, `${tools}/node_modules/.bin/pawl`, "new", "my-shop")).toContain("is ready");

  // What is published is not known to any registry yet: the tarballs stand for it.
  const made = JSON.parse(readFileSync(`${project}/package.json`, "utf8"));
  for (const kind of ["dependencies", "devDependencies"])
    for (const name of Object.keys(made[kind])) made[kind][name] = fromTarballs[name] ?? made[kind][name];
  writeFileSync(`${project}/package.json`, JSON.stringify({ ...made, overrides: fromTarballs }));

  const readme = readFileSync(`${project}/README.md`, "utf8");
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => (block as string).trim().split("\n"));
  expect(blocks[0]).toEqual(["npm install", "npm start"]);
  const calls = blocks[1] ?? [];
  expect(calls.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
    "curl localhost:3000/greeter/greet -H",
    "npx pawl call",
  ]);
  await command(project, "npm", "install", ...quietly);

  // Where no other app has its control socket.
  const runtime = mkdtempSync(`${work}/run-`);
  const server = spawn("npm", ["start"], {
    cwd: project,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PORT: "0", XDG_RUNTIME_DIR: runtime },
    detached: true,
  });
  const ended = new Promise((resolve) => void server.once("exit", resolve));
  try {
    const url = await lineOf(server.stderr, /http:\/\/[^\s"]+/);
    const response = await fetch(`${url}?name=Ada`, { headers: { accept: "application/json" } });
    expect(await response.json()).toEqual({ greeting: "Hello, Ada!" });
    for (const call of calls) {
      const line = call.replace("localhost:3000", new URL(url).host).replace("curl ", "curl --silent ");
      expect(await command(project, "env", `XDG_RUNTIME_DIR=${runtime}`, "sh", "-c", line)).toMatch(
        /^"?Hello, Ada!"?\s*$/m,
      );
    }
    // As ^C does: to all that the terminal has started.
    const stopped = lineOf(server.stderr, /stopped in \d/);
    process.kill(-(server.pid as number), "SIGINT");
    await stopped;
    await ended;
  } finally {
    if (server.exitCode === null && server.signalCode === null) process.kill(-(server.pid as number), "SIGKILL");
  }

  expect(await command(project, "npm", "test")).toMatch(/1 passed/);
  await command(project, "npm", "run", "types");
});

test("the first example of the README runs in an empty project", async () => {
  const example = existsSync(`${repository}/README.md`)
    ? snippetsOf("README.md").find(({ language, marks }) => language === "ts" && !marks.includes("no-run"))
    : undefined;
  if (!example) return expect.fail("README.md has no ```ts block to run.");

  const project = mkdtempSync(`${work}/project-`);
  const fromTarballs = Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]));
  writeFileSync(`${project}/example.ts`, example.code);
  const dependencies = Object.fromEntries(
    importsIn("example.ts", example.code)
      .map(({ specifier }) => packageOf(specifier))
      .filter((name) => !isBuiltin(name))
      .map((name) => [name, fromTarballs[name] ?? versions[name] ?? expect.unreachable(`${name} is not known here`)]),
  );
  writeFileSync(`${project}/package.json`, JSON.stringify({ private: true, type: "module", dependencies }));
  // JSON is YAML. What the packages need of each other comes from the tarballs too, not from a registry.
  writeFileSync(`${project}/pnpm-workspace.yaml`, JSON.stringify({ packages: [], overrides: fromTarballs }));
  await command(project, "pnpm", "install", "--prefer-offline", "--no-frozen-lockfile");

  const { code, signal, output } = await runProgram("example.ts", {
    cwd: project,
    interrupt: runsUntilStopped(example.code),
    onServing: async (url) => {
      const response = await fetch(url);
      expect(response.status).toBeLessThan(500);
    },
  });
  expect({ code, signal }, output).toEqual({ code: 0, signal: null });
});
