import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type AnyControllerClass, isControllerClass } from "../controller.ts";
import { RouteError } from "../errors/http-errors.ts";
import { isHono } from "./hono-app.ts";
import { faultOf, routeOfFile } from "./route-path.ts";
import type { RouteSource } from "./route-source.ts";

/**
 * The routes of a directory: its modules of JavaScript and TypeScript, those of its folders included. Files and folders
 * that begin with `_` or `.` are no routes, nor are tests and declarations.
 *
 * A module exports a controller or a Hono app as its default; or else controllers that say their route themselves.
 *
 * @throws RouteError naming the file
 */
export async function readDirectory(directory: string): Promise<readonly RouteSource[]> {
  const sources: RouteSource[] = [];
  for (const file of await filesOf(directory)) {
    const shown = relative(process.cwd(), join(directory, file)).split(sep).join("/");
    sources.push(...(await readModule(join(directory, file), file.split(sep).join("/"), shown)));
  }
  return sources;
}

async function filesOf(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter(
        (entry) =>
          entry.isFile() &&
          /\.[cm]?[jt]s$/.test(entry.name) &&
          !/\.(d|test|spec|test-d)\.[cm]?ts$|\.(test|spec)\.[cm]?js$/.test(entry.name),
      )
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
      .filter((file) => !file.split(sep).some((name) => name.startsWith("_") || name.startsWith(".")))
      .sort();
  } catch (cause) {
    throw new RouteError(
      "PAWL_HTTP_BAD_ROUTE",
      `routes: the directory ${directory} cannot be read (${(cause as NodeJS.ErrnoException).code}); a relative path counts from the working directory, new URL("./routes/", import.meta.url) from the module`,
      { path: directory, cause },
    );
  }
}

/** @param shown how messages name the file */
async function readModule(path: string, file: string, shown: string): Promise<readonly RouteSource[]> {
  const bad = (why: string, cause?: unknown) =>
    new RouteError("PAWL_HTTP_BAD_ROUTE", `${shown}: ${why}`, {
      path: shown,
      ...(cause === undefined ? {} : { cause }),
    });
  const place = routeOfFile(file);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw bad(`it cannot be imported: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const source = (of: AnyControllerClass): RouteSource => {
    if (of.route === undefined && "fault" in place) throw bad(place.fault);
    const route = of.route ?? (place as { readonly path: string }).path;
    const fault = faultOf(route);
    if (fault) throw bad(`its route is ${JSON.stringify(route)}; ${fault}`);
    return { kind: "controller", of, path: route, label: shown };
  };
  const { default: main } = module;
  if (isControllerClass(main)) return [source(main)];
  if (isHono(main)) {
    if ("fault" in place) throw bad(place.fault);
    return [{ kind: "hono", of: main, path: place.path, label: shown }];
  }
  const named = Object.values(module)
    .filter(isControllerClass)
    .filter(({ route }) => route !== undefined);
  if (main !== undefined || named.length === 0) {
    throw bad(
      "it exports no route; export default a class that extends Controller or a Hono app, or begin its name with _ if it is none",
    );
  }
  return named.map(source);
}
