import { fileURLToPath } from "node:url";

const { env } = process;

/** The file with the tables of this app. `||`: an empty variable is one that is not set. */
export const databaseFile: string = env.DATABASE_FILE || fileURLToPath(new URL("data/orders.db", import.meta.url));

/** The same file for what keeps messages and jobs, unless `MESSAGES_URL` and `JOBS_URL` say otherwise. */
export const databaseUrl: `sqlite:${string}` = `sqlite:${databaseFile}`;

export const jobsUrl: string = env.JOBS_URL || databaseUrl;
