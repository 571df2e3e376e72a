import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { PawlError } from "@pawl/kernel";
import { pawlVersion } from "../command-line/program.ts";
import { UsageError } from "../errors/command-errors.ts";
import { projectFiles } from "../new/project-files.ts";
import type { Command } from "./command.ts";
import { print } from "./output.ts";

export const newProject: Command = {
  name: "new",
  usage: "<directory>",
  summary: "makes a small project: a service, a page, a test",
  details: "The directory is made where there is none; one that has something in it is left alone.",
  options: {},
  operands: { min: 1, max: 1 },
  run({ operands: [directory] }) {
    const path = resolve(directory as string);
    refuseTaken(path);
    const files = projectFiles(nameOf(path), { pawl: pawlVersion() });
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      // Never over something that has come meanwhile.
      writeFileSync(join(path, file), text, { flag: "wx" });
    }
    const way = relative("", path);
    const enter = way === "" ? "" : `  cd ${/^[\w./-]+$/.test(way) ? way : JSON.stringify(way)}\n`;
    print(`${path} is ready.\n\n${enter}  npm install\n  npm start`);
    return 0;
  },
};

/** @throws UsageError; PawlError `PAWL_CLI_NOT_EMPTY` */
function refuseTaken(path: string): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) throw new UsageError(`${path} is a file; give a directory`);
  // What a repository begins with is none of the project's files.
  const taken = readdirSync(path).filter((name) => name !== ".git");
  if (taken.length === 0) return;
  const some = taken.slice(0, 3).join(", ");
  throw new PawlError(
    "PAWL_CLI_NOT_EMPTY",
    `${path} is not empty (${some}${taken.length > 3 ? ", …" : ""}); give an empty directory, or one that is still to be made`,
  );
}

/** The directory's name as a package may be called. */
function nameOf(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "app" : name;
}
