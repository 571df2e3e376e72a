import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../../kernel/test/process/program.ts";

export interface ShopOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The content of `.env` in its working folder; null makes it a folder. */
  readonly file?: string | null;
}

/** Runs the program of fixtures/shop.ts with these arguments; gives how it ended. */
export async function shop(args: readonly string[] = [], options: ShopOptions = {}) {
  return await run(new URL("fixtures/shop.ts", import.meta.url), args, options);
}

/** Runs a program in a folder of its own; gives how it ended. */
export async function run(file: URL, args: readonly string[] = [], { env = {}, file: dotEnv }: ShopOptions = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "pawl-cli-"));
  if (dotEnv === null) mkdirSync(join(cwd, ".env"));
  else if (dotEnv !== undefined) writeFileSync(join(cwd, ".env"), dotEnv);
  try {
    await using program = new Program(file, { args, env, cwd });
    const { code, stderr } = await program.ended;
    return { code, stdout: program.stdout, stderr };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** The options that a service of the shop has told. */
export function told(stdout: string, name: string): Record<string, unknown> {
  const line = stdout.split("\n").find((text) => text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`${name} has told nothing:\n${stdout}`);
  return JSON.parse(line.slice(name.length + 1)) as Record<string, unknown>;
}
