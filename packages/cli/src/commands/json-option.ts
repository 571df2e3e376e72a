import type { CommandOption } from "./command.ts";

/** For commands whose output a program may read. */
export const jsonOption: { readonly json: CommandOption } = {
  json: { type: "boolean", help: "as JSON, for programs" },
};
