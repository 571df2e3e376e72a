import { fileURLToPath } from "node:url";

const { env } = process;

/** The file with the tables of this app. `||`: an empty variable is one that is not set. */
export const databaseFile: string = env.DATABASE_FILE || fileURLToPath(new URL("data/orders.db", import.meta.url));

/** Where messages are kept: all processes that are given the same URL hear of each other. */
export const messagesUrl: string = env.MESSAGES_URL || `sqlite:${databaseFile}`;

/** Where the jobs of the mailer are kept. */
export const jobsUrl: string = env.JOBS_URL || `sqlite:${databaseFile}`;
