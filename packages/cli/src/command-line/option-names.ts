/** Whether a name can be written as part of a flag, and is told from others by it: of its letters none is outside of ASCII. */
export function isNameable(name: string): boolean {
  return /[A-Za-z0-9]/.test(name) && !/[\p{L}\p{M}\p{N}]/u.test(name.replace(/[A-Za-z0-9]/g, ""));
}

/** The words of a name: `orderStore` → `order`, `store`; `httpURL` → `http`, `url`. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

/** The flag of an option, without its dashes: `["clock", "httpPort"]` → `clock-http-port`. */
export function flagName(path: readonly string[]): string {
  return path.flatMap(wordsOf).join("-");
}

/** The environment variable of an option: `["clock", "httpPort"]` → `CLOCK_HTTP_PORT`. */
export function environmentName(path: readonly string[]): string {
  return path.flatMap(wordsOf).join("_").toUpperCase();
}
