/** The versions that a new project begins with. */
export interface ProjectVersions {
  /** Of Pawl's own packages. */
  readonly pawl: string;
}

// What Pawl itself is tested with; a test compares them with the manifests of this repository.
/** The versions of what a new project has beside Pawl. */
export const otherVersions = {
  hono: "^4.13.0",
  zod: "^4.6.7",
  "@types/node": "^24.19.2",
  typescript: "^7.0.2",
  vitest: "^5.1.0",
} as const;

/** The files of a new project, by their paths. */
export function projectFiles(name: string, { pawl }: ProjectVersions): Readonly<Record<string, string>> {
  const { hono, zod, ...tools } = otherVersions;
  const manifest = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: ">=22.18" },
    scripts: {
      start: "pawl run src/app.ts",
      dev: "pawl dev src/app.ts",
      test: "vitest run",
      types: "tsc",
    },
    dependencies: { pawl: `^${pawl}`, hono, zod },
    devDependencies: { "@pawl/testing": `^${pawl}`, ...tools },
  };
  const compiler = {
    compilerOptions: {
      target: "ES2023",
      lib: ["ES2024", "ESNext.Disposable"],
      types: ["node"],
      module: "NodeNext",
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      skipLibCheck: true,
    },
    include: ["src", "test", "vitest.config.ts"],
  };
  return {
    "package.json": json(manifest),
    "tsconfig.json": json(compiler),
    ".gitignore": "node_modules/\n*.log\n.env\n",
    "vitest.config.ts": vitestConfig,
    "README.md": readme(name),
    "src/app.ts": app(name),
    "src/greeter.ts": greeter,
    "src/home.ts": home,
    "test/app.test.ts": test,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const app = (name: string) => `import { App } from "pawl";
import { Greeter } from "./greeter.ts";
import { Home } from "./home.ts";

declare module "pawl" {
  interface Services {
    greeter: Greeter;
  }
}

/** What the app is made of: a test makes one of its own. */
export const parts = { providers: { greeter: Greeter }, routes: [Home] };

export const app = new App({ name: ${JSON.stringify(name)}, ...parts });
`;

const greeter = `import { Service } from "pawl";
import { z } from "zod";

/** Greets, counts, and says every minute how often. */
export class Greeter extends Service {
  #greeted = 0;

  override onStart() {
    this.interval(this.report, "60s");
  }

  /** A method here, and an action for callers outside, whose input is checked. */
  greet = this.action(z.object({ name: z.string().min(1) }), ({ name }) => {
    this.#greeted += 1;
    return \`Hello, \${name}!\`;
  });

  report() {
    this.log.info({ greeted: this.#greeted }, "greeted so far");
  }
}
`;

const home = `import { type Context, Controller } from "pawl";

export class Home extends Controller {
  static override route = "/";

  load(c: Context) {
    return { greeting: this.service("greeter").greet({ name: c.req.query("name") || "world" }) };
  }
}
`;

const test = `import { testApp } from "@pawl/testing";
import { App } from "pawl";
import { expect, test } from "vitest";
import { parts } from "../src/app.ts";

test("greets who comes by name", async () => {
  await using app = await testApp((base) => new App({ ...base, ...parts, http: false }));
  const response = await app.fetch("/?name=Ada");
  expect(await response.json()).toEqual({ greeting: "Hello, Ada!" });
});
`;

const vitestConfig = `import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node 22 has no \`using\`: what a test uses of it is lowered.
  oxc: { target: "es2023" },
  test: { include: ["test/**/*.test.ts"] },
});
`;

const readme = (name: string) => `# ${name}

\`\`\`sh
npm install
npm start
\`\`\`

Then http://localhost:3000 greets you. ^C stops it: first the server, then the services, in order. Meanwhile its action can be called, by HTTP and by name:

\`\`\`sh
curl localhost:3000/greeter/greet -H 'content-type: application/json' -d '{"name":"Ada"}'
npx pawl call greeter.greet '{"name":"Ada"}'
\`\`\`

- \`npm run dev\` runs it again whenever a source changes, after it has stopped fully.
- \`npm test\` runs the tests, in virtual time.
- \`npm run types\` checks the types. Nothing is built: Node runs TypeScript as it stands.
- \`npx pawl ps\` lists the apps that run on this machine, \`npx pawl tree\` shows what this one holds, and \`npx pawl help\` what else there is.

\`src/app.ts\` says what the app is made of: a service with an action (\`src/greeter.ts\`) and a page (\`src/home.ts\`).
`;
