import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The paths of the tree in ARCHITECTURE.md: two spaces a level, a name, then what it is. */
function drawnFiles(): string[] {
  const text = readFileSync(`${root}/ARCHITECTURE.md`, "utf8");
  const tree = /## The tree\n[\s\S]*?```\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const folders: string[] = [];
  const files: string[] = [];
  for (const line of tree.split("\n")) {
    const [, indent, name, what] = /^( *)(\S+)(?: +(\S.*))?$/.exec(line) ?? [];
    if (indent === undefined || name === undefined) continue;
    folders.length = indent.length / 2;
    if (name.endsWith("/")) folders.push(name);
    else if (what) files.push(folders.join("") + name);
  }
  return files;
}

test("the tree in ARCHITECTURE.md has a line for every source file, and none for another", () => {
  const sources = globSync("packages/*/src/**/*.ts", { cwd: root }).map((file) => file.replaceAll("\\", "/"));
  expect(drawnFiles().sort()).toEqual(sources.sort());
});
