import type { OpenApiInfo } from "../config.ts";
import type { RouteEntry } from "../routes/mounted-routes.ts";
import { ActionSchemas } from "./action-schemas.ts";
import { templatesOf } from "./path-template.ts";

/** Methods of a route that takes them all. OpenAPI has no word for that. */
const everyMethod = ["get", "put", "post", "delete", "patch"];
/** What a path item may hold. */
const known = new Set([...everyMethod, "options", "head", "trace"]);

type Json = Readonly<Record<string, unknown>>;
/** What a document must say of the app. */
export type DocumentInfo = OpenApiInfo & { readonly title: string; readonly version: string };

/** The OpenAPI 3.1 document of routes: actions with their inputs and results, controllers with what they load, other routes by their path. */
export function openApiDocument(entries: readonly RouteEntry[], info: DocumentInfo): Json {
  const schemas = new ActionSchemas();
  const ids = new Set<string>();
  const paths = new Map<string, { readonly template: string; readonly item: Record<string, unknown> }>();
  for (const entry of entries) {
    for (const { shape, template, parameters } of templatesOf(entry.path)) {
      // Paths that differ only in the names of their parameters are the same to OpenAPI.
      const place = paths.get(shape) ?? { template, item: parameters.length > 0 ? { parameters } : {} };
      paths.set(shape, place);
      const methods = entry.method === "ALL" ? everyMethod : [entry.method.toLowerCase()];
      for (const method of methods) {
        if (known.has(method)) place.item[method] ??= withUniqueId(operationOf(entry, schemas), ids);
      }
    }
  }
  return {
    openapi: "3.1.1",
    info,
    paths: Object.fromEntries([...paths.values()].map(({ template, item }) => [template, item])),
    components: { schemas: { Problem: problemSchema, ...schemas.schemas }, responses: { Problem: problemResponse } },
  };
}

/** An entry with an optional end has two operations, and no two may have the same id. */
function withUniqueId(operation: Json, ids: Set<string>): Json {
  const { operationId } = operation;
  if (typeof operationId !== "string") return operation;
  let id = operationId;
  for (let count = 2; ids.has(id); count++) id = `${operationId}.${count}`;
  ids.add(id);
  return { ...operation, operationId: id };
}

function operationOf({ action, unit, route, path }: RouteEntry, schemas: ActionSchemas): Json {
  const { mount, owner } = unit;
  const tags = mount.kind === "hono" ? {} : { tags: [owner.name] };
  if (action) {
    const name = `${owner.name}.${action.name}`;
    return {
      operationId: name,
      ...(action.description === undefined ? {} : { summary: action.description }),
      ...tags,
      parameters: [timeoutParameter],
      ...schemas.requestBody(name, action),
      responses: {
        ...schemas.responses(name, action),
        ...problems,
      },
    };
  }
  if (mount.kind !== "controller" || route) {
    return { ...tags, responses: { default: { description: `What ${path} answers.` } } };
  }
  const html = { "text/html": { schema: { type: "string" } } };
  return {
    operationId: `${owner.name}.load`,
    summary: mount.title,
    ...tags,
    responses: {
      "200": { description: mount.title, content: { "application/json": { schema: {} }, ...html } },
      ...problems,
    },
  };
}

const problems = {
  "4XX": { $ref: "#/components/responses/Problem" },
  "5XX": { $ref: "#/components/responses/Problem" },
};

const timeoutParameter = {
  name: "Pawl-Timeout-Ms",
  in: "header",
  description: "How many milliseconds the caller waits: the call is aborted then, and answered with 504.",
  schema: { type: "integer", minimum: 1 },
};

const problemResponse = {
  description: "What went wrong (RFC 9457).",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

const problemSchema = {
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    id: { type: "string", description: "Under which number it was reported." },
    code: { type: "string", description: "Which error of an action it is." },
    issues: {
      type: "array",
      description: "Everything that is wrong with an input.",
      items: {
        type: "object",
        properties: {
          message: { type: "string" },
          path: { type: "array", items: { type: ["string", "number"] } },
        },
        required: ["message", "path"],
      },
    },
    issueCount: { type: "integer", description: "How many issues there are, where not all are told." },
    reason: { type: "string", description: "Why an action refuses, for programs." },
    details: { description: "What an action says besides that." },
  },
  required: ["type", "title", "status"],
};
