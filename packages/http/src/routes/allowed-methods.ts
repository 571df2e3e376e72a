import { TrieRouter } from "hono/router/trie-router";
import type { RouteEntry } from "./mounted-routes.ts";

/** Which methods a path takes: for 405, `Allow` and OPTIONS. */
export class AllowedMethods {
  readonly #router = new TrieRouter<readonly string[]>();

  constructor(entries: readonly RouteEntry[]) {
    const methods = new Map<string, Set<string>>();
    for (const { method, path, isMiddleware } of entries) {
      // Middleware of every method answers none of them.
      if (isMiddleware && method === "ALL") continue;
      const found = methods.get(path) ?? new Set();
      methods.set(path, found.add(method));
    }
    for (const [path, found] of methods) this.#router.add("ALL", path, [...found]);
  }

  /** What `Allow` says of a path; undefined where nothing answers there, `"ALL"` where everything may be asked. */
  of(path: string): readonly string[] | "ALL" | undefined {
    const found = new Set(this.#router.match("ALL", path)[0].flatMap(([methods]) => methods));
    if (found.size === 0) return undefined;
    if (found.has("ALL")) return "ALL";
    if (found.has("GET")) found.add("HEAD");
    return [...found.add("OPTIONS")].sort();
  }
}
