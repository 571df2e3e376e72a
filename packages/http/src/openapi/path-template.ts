import { shapesOf } from "../routes/route-path.ts";

/** A path as OpenAPI writes it: `/blog/{slug}`. */
export interface PathTemplate {
  /** The same for paths that differ in the names of their parameters. */
  readonly shape: string;
  readonly template: string;
  readonly parameters: readonly Readonly<Record<string, unknown>>[];
}

/** A path of Hono as OpenAPI has it; one with an optional end as the two that it stands for. */
export function templatesOf(path: string): readonly PathTemplate[] {
  const segments = path.match(/(?:[^/{}]|\{[^}]*\})+/g) ?? [];
  const last = segments.at(-1);
  // As shapesOf() has them.
  const forms =
    last?.startsWith(":") && last.endsWith("?")
      ? [segments.slice(0, -1), [...segments.slice(0, -1), last.slice(0, -1)]]
      : [segments];
  const shapes = shapesOf(path);
  return forms.map((form, i) => templateOf(form, shapes[i] as string));
}

function templateOf(segments: readonly string[], shape: string): PathTemplate {
  const parameters: Readonly<Record<string, unknown>>[] = [];
  const parts = segments.map((segment, i) => {
    const [, name, pattern] = /^:(\w+)(?:\{(.*)\})?$/.exec(segment) ?? (segment === "*" ? ["", `rest${i}`] : []);
    if (!name) return segment;
    const schema = { type: "string", ...(pattern === undefined ? {} : { pattern: `^${pattern}$` }) };
    parameters.push({ name, in: "path", required: true, schema });
    return `{${name}}`;
  });
  const template = `/${parts.join("/")}`;
  return { shape: shape.replace(/\{[^}]*\}/g, ""), template, parameters };
}
