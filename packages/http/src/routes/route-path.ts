/** A path of Hono in its segments: `"/a/:id{[0-9]+}"` → `["a", ":id{[0-9]+}"]`. A pattern in braces may hold slashes. */
function segmentsOf(path: string): string[] {
  return path.match(/(?:[^/{}]|\{[^}]*\})+/g) ?? [];
}

/** From what answers one path to what answers any: text, `:id{[0-9]+}`, `:id`, `:rest{.+}` or `*`. */
function breadth(segment: string | undefined): number {
  if (segment === undefined) return 0;
  if (segment === "*" || /^:\w+\{\.[+*]\}$/.test(segment)) return 4;
  if (!segment.startsWith(":")) return 1;
  return segment.includes("{") ? 2 : 3;
}

/** Orders paths so that of two that match the same request the more specific comes first. */
export function bySpecificity(a: string, b: string): number {
  const [left, right] = [segmentsOf(a), segmentsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = breadth(left[i]) - breadth(right[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** The paths as a request sees them: without the names of parameters, and `/a/:b?` as the two that it stands for. */
export function shapesOf(path: string): readonly string[] {
  const segments = segmentsOf(path).map((segment) => segment.replace(/^:\w+/, ":"));
  const last = segments.at(-1);
  if (!last?.endsWith("?")) return [`/${segments.join("/")}`];
  const before = segments.slice(0, -1);
  return [`/${before.join("/")}`, `/${[...before, last.slice(0, -1)].join("/")}`];
}

/** The paths that `path` stands for: where its end is optional, one with it and one without. */
export function formsOf(path: string): readonly string[] {
  const shortest = shortestOf(path);
  return shortest === path ? [path] : [path.replace(/\?$/, ""), shortest];
}

/** A path without its optional end: `/blog/:slug?` → `/blog`. */
export function shortestOf(path: string): string {
  const segments = segmentsOf(path);
  const last = segments.at(-1);
  return last?.startsWith(":") && last.endsWith("?") ? `/${segments.slice(0, -1).join("/")}` : path;
}

/** Why a controller cannot answer at `path`; undefined where it can. */
export function faultOf(path: string): string | undefined {
  if (!path.startsWith("/")) return `it must begin with a slash: "/${path}"`;
  if (/[?#](?!$|\/)|[#\s]/.test(path.replace(/\{[^}]*\}/g, "")))
    return "it must be a path alone, without query, fragment or space";
  if (/\/\//.test(path)) return "it has two slashes in a row";
  return undefined;
}

/**
 * The route of a module in a directory of routes: `blog/[slug].ts` → `/blog/:slug`, `docs/[...rest].ts` →
 * `/docs/:rest{.+}`, `index.ts` → the folder itself.
 *
 * @param file from the directory, with `/` between folders
 * @returns an explanation where the name cannot be one
 */
export function routeOfFile(file: string): { readonly path: string } | { readonly fault: string } {
  const names = file.replace(/\.[^./]+$/, "").split("/");
  if (names.at(-1) === "index") names.pop();
  const segments: string[] = [];
  for (const [i, name] of names.entries()) {
    const parameter = /^\[(\.\.\.)?([A-Za-z_]\w*)\]$/.exec(name);
    if (parameter?.[1]) {
      if (i < names.length - 1)
        return { fault: `[...${parameter[2]}] takes the rest of the path: nothing can come below it` };
      segments.push(`:${parameter[2]}{.+}`);
    } else if (parameter) segments.push(`:${parameter[2]}`);
    else if (/^[\w.~!$&'()+,;=@-]+$/.test(name)) segments.push(name);
    else
      return { fault: `"${name}" can be no part of a path; a parameter is a whole name: [slug], the rest [...rest]` };
  }
  return { path: `/${segments.join("/")}` };
}

/** A name for what answers at `path` where its class has none: `/blog/:slug` → `blogSlug`. */
export function nameOfPath(path: string): string {
  const words = path.replace(/\{[^}]*\}/g, "").match(/[A-Za-z0-9]+/g) ?? ["root"];
  return words.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("");
}
