import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const port = "a port is a whole number from 0 to 65535";

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const Settings = z.object({
  PORT: z.coerce.number(port).int(port).min(0, port).max(65_535, port).default(3000),
  INBOX: z.string().default(beside("inbox")),
  RESULTS: z.string().default(beside("results.jsonl")),
});

/** What the environment says, with defaults. An empty variable is one that is not set. */
function readSettings(env: NodeJS.ProcessEnv) {
  const read = Settings.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (!read.success) {
    for (const { path, message } of read.error.issues) console.error(`${path.join(".")}: ${message}`);
    process.exit(2);
  }
  const { PORT, INBOX, RESULTS } = read.data;
  return { port: PORT, inbox: resolve(INBOX), results: resolve(RESULTS) };
}

export const settings: { readonly port: number; readonly inbox: string; readonly results: string } = readSettings(
  process.env,
);
