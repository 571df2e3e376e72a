import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";

/** Where the command itself is: its own calls say nothing of a mistake in a program. */
const own = pathToFileURL(join(import.meta.dirname, "..") + sep).href;

/**
 * What is wrong with a source that could not be loaded: file, line and the code there, as far as Node tells them, the
 * message, and which of the program's own calls led there.
 *
 * @throws `error` itself where Node alone can show the place, or where it is no error of a source
 */
export function brokenSource(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const stack = (error.stack ?? error.message)
    .split("\n")
    .filter((line) => !/^\s+at /.test(line) || !(/[( ]node:/.test(line) || line.includes(own)))
    .join("\n");
  const { code } = error as NodeJS.ErrnoException;
  // It begins with the place where the source was parsed or linked.
  const hasPlace = error instanceof SyntaxError && !stack.startsWith(error.name);
  if (hasPlace || code === "ERR_MODULE_NOT_FOUND") return stack;
  // Node puts the place before the stack when it tells what nobody has caught.
  error.stack = stack;
  throw error;
}
