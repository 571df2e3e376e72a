import { fileURLToPath } from "node:url";
import { z } from "zod";

const port = "a port is a whole number from 0 to 65535";

const Settings = z.object({
  PORT: z.coerce.number(port).int(port).min(0, port).max(65_535, port).default(3000),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "an address such as smtp://user:password@host:587" }).optional(),
  OUTBOX: z.string().default(fileURLToPath(new URL(".outbox", import.meta.url))),
  MAIL_FROM: z.string().default("Pawl shop <shop@example.com>"),
});

/** What the environment says, with defaults. An empty variable is one that is not set. */
function readSettings(env: NodeJS.ProcessEnv): z.output<typeof Settings> {
  const read = Settings.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) console.error(`${path.join(".")}: ${message}`);
  process.exit(2);
}

export const settings = readSettings(process.env);
