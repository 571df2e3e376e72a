import { basename } from "node:path";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

// Only `ssr.resolve` reaches the modules of a test; with it every package runs from its sources, without a build. The
// others are the conditions of Node: "module" would find what is built for bundlers.
const sources = {
  ssr: { resolve: { conditions: ["pawl-source", "node", "import", "default"] } },
  // Node 22 has no `using`: what a test file uses of it is lowered.
  oxc: { target: "es2023" },
};

/** Nothing but what Node itself takes: with "import" pg would require what can only be imported. */
const forPostgres = { ssr: { resolve: { conditions: ["pawl-source", "node", "default"] } } };

const shared = {
  environment: "node",
  testTimeout: 10_000,
  hookTimeout: 10_000,
  execArgv: ["--expose-gc"],
  globalSetup: [`${import.meta.dirname}/test/setup/temporary-directory.ts`],
  setupFiles: [`${import.meta.dirname}/test/setup/no-console.ts`],
  restoreMocks: true,
} as const;

/** The tests of one package: `test/<concept>/<behaviour>.test.ts`, and `*.test-d.ts` for types. */
const packageProject = (name: string): TestProjectConfiguration => ({
  ...sources,
  root: `${import.meta.dirname}/packages/${name}`,
  test: {
    ...shared,
    name: basename(name),
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "test/tsconfig.json" },
  },
});

/** The laws of the kernel once more, with every kernel traced: what is around calls changes nothing of what they do. */
const tracedLaws: TestProjectConfiguration = {
  ...sources,
  root: `${import.meta.dirname}/packages/kernel`,
  test: {
    ...shared,
    name: "traced-laws",
    include: ["test/bus/*.test.ts", "test/lifecycle/[bs][0-9]-*.test.ts", "test/activities/*.test.ts"],
    setupFiles: [...shared.setupFiles, `${import.meta.dirname}/packages/tracing/test/laws/trace-every-kernel.ts`],
  },
};

export default defineConfig({
  test: {
    reporters: ["default", `${import.meta.dirname}/test/setup/count-reporter.ts`],
    projects: [
      packageProject("kernel"),
      packageProject("http"),
      packageProject("cli"),
      packageProject("background"),
      {
        ...packageProject("inspector"),
        test: { ...packageProject("inspector").test, exclude: ["test/browser/**"] },
      },
      // In a real browser, and in real time: it knows no other. How long that takes is up to the machine.
      {
        ...sources,
        root: `${import.meta.dirname}/packages/inspector`,
        test: { ...shared, name: "browser", include: ["test/browser/*.test.ts"], testTimeout: 240_000, maxWorkers: 1 },
      },
      packageProject("diagnostics"),
      { ...packageProject("messages"), ...forPostgres },
      { ...packageProject("jobs"), ...forPostgres },
      packageProject("nats"),
      packageProject("metrics"),
      packageProject("tracing"),
      tracedLaws,
      packageProject("pawl"),
      packageProject("testing"),
      { ...sources, ...forPostgres, test: { ...shared, name: "apps", include: ["apps/*/test/**/*.test.ts"] } },
      // Real processes in real time; with the conditions of `jobs`, for the same reason.
      {
        ...sources,
        ...forPostgres,
        test: {
          ...shared,
          name: "benchmarks",
          include: ["benchmarks/test/*.test.ts"],
          maxConcurrency: 4,
          testTimeout: 60_000,
        },
      },
      {
        ...sources,
        ...forPostgres,
        test: {
          ...shared,
          name: "repository",
          include: ["test/*.test.ts"],
          globalSetup: ["test/setup/temporary-directory.ts", "test/setup/build-packages.ts"],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
