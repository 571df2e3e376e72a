import { fileURLToPath } from "node:url";

/** The top of the repository, without a slash at the end. */
export const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** The path of a program that the repository's own dependencies bring, e.g. `typescript/bin/tsc`. */
export const tool = (path: string): string => `${repository}/node_modules/${path}`;
