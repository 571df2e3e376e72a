import { type Context, Controller, type ControllerClass, type Router } from "@pawl/http";
import { pageFile } from "./page-files.ts";

export interface InspectorOptions {
  /** Where it answers. @default "/_pawl" */
  readonly route?: string;
}

/** A controller that shows what the app runs and holds. */
export function inspector({ route = "/_pawl" }: InspectorOptions = {}): ControllerClass {
  return class Inspector extends Controller {
    static override route = route;
    static override title = "Inspector";

    /** The page asks for its files below its own address. */
    load(c: Context): Response {
      return c.redirect(`${route.slice(route.lastIndexOf("/") + 1)}/`);
    }

    override routes(router: Router): void {
      router.get("/:file{.*}", async (c) => {
        const file = await pageFile(c.req.param("file") || "index.html");
        return file ? c.body(file.text, 200, { "Content-Type": file.type }) : c.notFound();
      });
    }
  };
}
