/** What a Standard Schema finds wrong. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** `since: expected string`. */
export function issueLine({ message, path }: { readonly message: string; readonly path?: unknown }): string {
  const keys = Array.isArray(path) ? (path as NonNullable<Issue["path"]>) : [];
  const at = keys.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return at ? `${at}: ${message}` : message;
}
