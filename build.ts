import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import { type InputOptions, type OutputOptions, rolldown } from "rolldown";

// Builds what is published: the compiler makes the declarations, and the bundler the code, in as few files as can be. Node
// takes about 0.3 ms for each file that an import leads to, which is most of what importing many small ones costs.

const repository = import.meta.dirname;

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, { readonly "pawl-source": string; readonly default: string }>>;
}

const tsc = `${repository}/node_modules/typescript/bin/tsc`;
const { status } = spawnSync(process.execPath, [tsc, "-b", "tsconfig.build.json"], {
  cwd: repository,
  stdio: "inherit",
});
if (status === 0)
  for (const folder of globSync("packages/*", { cwd: repository })) await bundle(`${repository}/${folder}`);
else process.exitCode = 1;

/** Every file of code stands in `dist` itself: what looks around itself finds there what stands beside it in the sources. */
async function bundle(folder: string): Promise<void> {
  for (const old of globSync("dist/**/*.{js,js.map}", { cwd: folder })) rmSync(`${folder}/${old}`);
  const reading: InputOptions = {
    cwd: folder,
    input: { ...published(folder), ...started(folder) },
    platform: "node",
    // Whatever is no file of its own.
    external: (id) => !id.startsWith(".") && !isAbsolute(id),
  };
  const writing: OutputOptions = {
    dir: `${folder}/dist`,
    sourcemap: true,
    // They are published as well.
    sourcemapExcludeSources: true,
    comments: { jsdoc: false },
    // Services go by the names of their classes.
    keepNames: true,
    minifyInternalExports: false,
  };
  const build = await rolldown(reading);
  try {
    await build.write(writing);
  } finally {
    await build.close();
  }
}

/** What the manifest names: built file → source. */
function published(folder: string): Record<string, string> {
  const { bin = {}, exports } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
  const files = Object.values(exports).map((entry) => [entry.default, entry["pawl-source"]] as const);
  const programs = Object.values(bin).map((file) => [file, `./src/${basename(file, ".js")}.ts`] as const);
  return Object.fromEntries([...files, ...programs].map(([file, source]) => [basename(file, ".js"), source]));
}

/** What no other file imports is where a thread or process begins: it becomes a file beside who starts it. */
function started(folder: string): Record<string, string> {
  const sources = globSync("src/**/*-entry.ts", { cwd: folder });
  const all = globSync("src/**/*.ts", { cwd: folder }).map((file) => readFileSync(`${folder}/${file}`, "utf8"));
  const alone = sources.filter((source) => !all.some((text) => text.includes(`/${basename(source)}"`)));
  return Object.fromEntries(alone.map((source) => [basename(source, ".ts"), `./${source}`]));
}
