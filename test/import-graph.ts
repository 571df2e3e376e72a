import { globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { parseSync } from "vite";
import { repository } from "./setup/tool.ts";

/** One import of a source file: of another source file of its package (a path), or of anything else (a specifier). */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  /** The path from the top of the repository, for a relative import. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
  /** Written as `import(…)`: loaded when it is reached. */
  readonly dynamic: boolean;
}

/** The sources that match, as paths from the top of the repository. */
export function sourceFiles(...patterns: string[]): string[] {
  return patterns
    .flatMap((pattern) =>
      globSync(pattern, { cwd: repository, exclude: (name) => name === "node_modules" || name === "dist" }),
    )
    .map((file) => file.split(sep).join("/"))
    .sort();
}

/** Everything that a source file imports or re-exports, static and dynamic. */
export const importsOf = (file: string): Import[] => importsIn(file, readFileSync(`${repository}/${file}`, "utf8"));

/** The same for a text that is, or is going to be, in this file. */
export function importsIn(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors.map(({ message }) => message).join("; ")}`);
  const found: { specifier: string; typeOnly: boolean; dynamic?: boolean }[] = [];
  for (const { moduleRequest, entries } of module.staticImports)
    found.push({
      specifier: moduleRequest.value,
      typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
    });
  for (const { entries } of module.staticExports)
    for (const { moduleRequest, isType } of entries)
      if (moduleRequest) found.push({ specifier: moduleRequest.value, typeOnly: isType });
  for (const { moduleRequest } of module.dynamicImports)
    found.push({
      specifier: literal(source.slice(moduleRequest.start, moduleRequest.end)),
      typeOnly: false,
      dynamic: true,
    });
  return found.map(({ specifier, typeOnly, dynamic = false }) => ({
    from: file,
    specifier,
    file: specifier.startsWith(".") ? pathOf(file, specifier) : undefined,
    typeOnly,
    dynamic,
  }));
}

const literal = (expression: string): string => /^["'`](.*)["'`]$/s.exec(expression)?.[1] ?? expression;

const pathOf = (from: string, specifier: string): string =>
  relative(repository, resolve(repository, dirname(from), specifier))
    .split(sep)
    .join("/");

/** The name of the package that a specifier names: `@pawl/testing/vitest` → `@pawl/testing`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

/** Whether a source file uses a global by this name, bare or as a property of `globalThis`. */
export function usesGlobal(file: string, name: string): boolean {
  const { program } = parseSync(file, readFileSync(`${repository}/${file}`, "utf8"));
  return mentions(program, name);
}

function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => mentions(item, name));
  if (typeof node !== "object" || node === null) return false;
  const { type, ...parts } = node as Record<string, unknown>;
  if (type === "Identifier") return parts["name"] === name;
  // Names of members say nothing about globals, unless they are members of the global object.
  const isGlobalThis = (parts["object"] as { name?: string } | undefined)?.name === "globalThis";
  if (parts["computed"] === false && !isGlobalThis) {
    delete parts["property"];
    delete parts["key"];
  }
  return Object.values(parts).some((part) => mentions(part, name));
}

/** The first cycle of run-time imports, as the files on its way; undefined where there is none. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, file, typeOnly } of imports)
    if (file !== undefined && !typeOnly) next.set(from, [...(next.get(from) ?? []), file]);
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const imported of next.get(file) ?? []) {
      const cycle = visit(imported, [...way, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}
