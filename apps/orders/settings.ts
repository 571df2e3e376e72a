import { fileURLToPath } from "node:url";

const { env } = process;

/** Where the tables of this app are. `||`: an empty variable is one that is not set. */
export const databaseUrl: string =
  env.DATABASE_URL || `sqlite:${fileURLToPath(new URL("data/orders.db", import.meta.url))}`;

/** The same file keeps messages; those of several machines, which share a Postgres, are kept by NATS. */
export const messagesUrl: string = databaseUrl.startsWith("sqlite:") ? databaseUrl : "nats://127.0.0.1:4222";

export const jobsUrl: string = env.JOBS_URL || databaseUrl;
