import { readFile } from "node:fs/promises";

/** Beside `src` and `dist`, so that it is found from either. */
const folder = new URL("../page/", import.meta.url);

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=UTF-8",
  html: "text/html; charset=UTF-8",
  js: "text/javascript; charset=UTF-8",
};

export interface PageFile {
  readonly text: string;
  readonly type: string;
}

/** A file of the page, by its name; undefined where there is none, and for all that is no file of a page. */
export async function pageFile(name: string): Promise<PageFile | undefined> {
  const [, extension = ""] = /^[a-z][a-z-]*\.([a-z]+)$/.exec(name) ?? [];
  const type = types[extension];
  if (type === undefined) return undefined;
  try {
    return { text: await readFile(new URL(name, folder), "utf8"), type };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
