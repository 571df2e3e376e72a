import { describe, expect, test } from "vitest";
import { findCycle, importsOf, packageOf, sourceFiles, usesGlobal } from "./import-graph.ts";

// The arrows: what each package may import of the others. A package that is not named here may not exist.
const arrows: Record<string, readonly string[]> = {
  "packages/kernel": [],
  "packages/http": ["@pawl/kernel"],
  "packages/diagnostics": ["@pawl/kernel"],
  "packages/cli": ["@pawl/kernel", "@pawl/diagnostics"],
  "packages/background": ["@pawl/kernel"],
  "packages/inspector": ["@pawl/kernel", "@pawl/http", "@pawl/diagnostics"],
  "packages/messages": ["@pawl/kernel"],
  "packages/jobs": ["@pawl/kernel", "@pawl/messages"],
  "packages/nats": ["@pawl/kernel", "@pawl/http", "@pawl/messages"],
  "packages/metrics": ["@pawl/kernel", "@pawl/http"],
  "packages/testing": ["@pawl/kernel", "@pawl/jobs", "@pawl/messages"],
  "packages/tracing": ["@pawl/kernel"],
  "packages/pawl": ["@pawl/kernel", "@pawl/http", "@pawl/cli", "@pawl/diagnostics", "@pawl/messages", "@pawl/jobs"],
  "apps/clock": ["pawl"],
  "apps/pipeline": ["pawl", "@pawl/background"],
  "apps/orders": ["pawl", "@pawl/background", "@pawl/messages", "@pawl/jobs", "@pawl/nats"],
  "apps/dashboard": ["pawl", "@pawl/inspector", "@pawl/metrics"],
  "apps/test-service": ["pawl"],
};

// Where a library may be known; if it were replaced, what changes is in there.
const homes: readonly {
  readonly library: string;
  readonly home: string;
  readonly oneFile: boolean;
  readonly also?: string;
}[] = [
  { library: "eventemitter3", home: "packages/kernel/src/", oneFile: true },
  { library: "awilix", home: "packages/kernel/src/", oneFile: true },
  { library: "croner", home: "packages/kernel/src/", oneFile: true },
  { library: "execa", home: "packages/background/src/", oneFile: true },
  { library: "chokidar", home: "packages/background/src/", oneFile: true },
  { library: "hono", home: "packages/http/src/", oneFile: false, also: "packages/inspector/src/access/access.ts" },
  { library: "@hono/node-server", home: "packages/http/src/", oneFile: true },
  { library: "prom-client", home: "packages/metrics/src/", oneFile: true },
  { library: "pg-boss", home: "packages/jobs/src/stores/postgres", oneFile: false },
  { library: "pg", home: "packages/messages/src/postgres/", oneFile: true },
  { library: "pino", home: "packages/cli/src/", oneFile: true },
  { library: "@opentelemetry/api", home: "packages/tracing/src/", oneFile: false },
  { library: "@nats-io/transport-node", home: "packages/nats/src/", oneFile: true },
  { library: "@nats-io/jetstream", home: "packages/nats/src/", oneFile: true },
  { library: "vitest", home: "packages/testing/src/vitest", oneFile: false },
];

const sources = sourceFiles("packages/*/src/**/*.ts");
const imports = sources.flatMap(importsOf);
const isPawl = (name: string) => name === "pawl" || name.startsWith("@pawl/");

/** `packages/http/src/server.ts` → `packages/http`. */
const ownerOf = (file: string) => file.split("/").slice(0, 2).join("/");

test("finds the sources", () => {
  expect(new Set(sources.map(ownerOf))).toEqual(
    new Set(Object.keys(arrows).filter((owner) => owner.startsWith("packages/"))),
  );
});

describe.each(Object.entries(arrows))("%s", (owner, allowed) => {
  const own = sourceFiles(`${owner}/**/*.ts`).filter((file) => !file.includes("/test/"));
  const ownImports = own.flatMap(importsOf);

  test(`imports no Pawl package but ${allowed.join(", ") || "itself"}`, () => {
    const foreign = ownImports.filter(
      ({ specifier }) => isPawl(packageOf(specifier)) && !allowed.includes(packageOf(specifier)),
    );
    expect(foreign).toEqual([]);
  });

  test("imports files of its own only", () => {
    expect(ownImports.filter(({ file }) => file !== undefined && ownerOf(file) !== owner)).toEqual([]);
  });

  test("has no import cycle", () => {
    expect(findCycle(ownImports)).toBeUndefined();
  });
});

test.each(homes)("$library is imported in $home only", ({ library, home, oneFile, also }) => {
  const users = new Set(imports.filter(({ specifier }) => packageOf(specifier) === library).map(({ from }) => from));
  expect([...users].filter((file) => !file.startsWith(home) && file !== also)).toEqual([]);
  if (oneFile) expect([...users].slice(1), `more than one file knows ${library}`).toEqual([]);
});

describe("the kernel", () => {
  const kernel = sources.filter((file) => file.startsWith("packages/kernel/src/"));

  test("loads awilix only when a provider needs it", () => {
    expect(
      imports.filter(({ specifier, typeOnly, dynamic }) => specifier === "awilix" && !typeOnly && !dynamic),
    ).toEqual([]);
  });

  test("knows the process only where it runs one", () => {
    const users = kernel.filter(
      (file) =>
        usesGlobal(file, "process") || importsOf(file).some(({ specifier }) => /^(node:)?process$/.test(specifier)),
    );
    expect(users.filter((file) => !file.startsWith("packages/kernel/src/process/"))).toEqual([]);
  });

  test("has no console", () => {
    expect(kernel.filter((file) => usesGlobal(file, "console"))).toEqual([]);
  });

  test("has no HTTP", () => {
    const http = /^(node:)?(http|https|http2|net)$/;
    expect(imports.filter(({ from, specifier }) => kernel.includes(from) && http.test(specifier))).toEqual([]);
  });
});

test("the check sees cycles, and lets types go round", () => {
  const to = (from: string, file: string, typeOnly = false) => ({
    from,
    file,
    specifier: file,
    typeOnly,
    dynamic: false,
  });
  expect(findCycle([to("a", "b"), to("b", "c"), to("c", "b")])).toEqual(["b", "c", "b"]);
  expect(findCycle([to("a", "b"), to("b", "a", true)])).toBeUndefined();
});
