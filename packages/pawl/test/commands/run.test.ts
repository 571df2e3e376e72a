import { describe, expect, test } from "vitest";
import { Workplace } from "./pawl.ts";

const shop = (exported: string) => `
import { App, Service } from "pawl";
class Metrics extends Service {
  override onStart() { process.stdout.write("started " + process.argv.slice(1).join(" ") + "\\n"); }
  override onStop() { process.stdout.write("stopped\\n"); }
}
${exported} new App({ name: "shop", providers: { metrics: Metrics } });
`;

describe("pawl run", () => {
  test.each(["export default", "export const app ="])(
    "runs what a module has by %s, until a signal",
    async (exported) => {
      using place = new Workplace();
      const file = place.write("main.ts", shop(exported));
      await using program = place.start(["run", "main.ts"]);
      // The program sees itself as `node main.ts` would start it.
      await program.line(`started ${file}`);
      program.signal("SIGTERM");
      const { code, lines } = await program.ended;
      expect([code, lines.at(-1)]).toEqual([0, "stopped"]);
    },
  );

  test("hands on what stands behind the file, as it is", async () => {
    using place = new Workplace();
    place.write("main.ts", shop("export default"));
    const checked = await place.run("run", "main.ts", "--check");
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("all options fit")]);
    const helped = await place.run("run", "main.ts", "--help");
    expect([helped.code, helped.stdout]).toEqual([0, expect.stringMatching(/^Usage: pawl run main\.ts \[options\]/)]);
    const wrong = await place.run("run", "main.ts", "--nothing");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--nothing")]);
  });

  test("runs a bare kernel, and hands no arguments to it", async () => {
    using place = new Workplace();
    place.write("main.ts", `import { Kernel } from "@pawl/kernel";\nexport default new Kernel({ name: "bare" });\n`);
    const { code, stderr } = await place.run("run", "main.ts", "--loud");
    expect([code, stderr]).toEqual([
      2,
      "pawl: bare is a bare kernel, which takes no arguments: --loud (PAWL_CLI_USAGE)\n",
    ]);
  });

  test("ends with the exit code of an app that crashes", async () => {
    using place = new Workplace();
    place.write(
      "main.ts",
      `import { App, Service } from "pawl";
class Broken extends Service {
  override onStart() { this.spawn(() => { throw new Error("no stock"); }); }
}
export default new App({ providers: { broken: new Broken() } });
`,
    );
    const { code, stderr } = await place.run("run", "main.ts");
    expect(stderr).toContain("no stock");
    expect(code).toBe(1);
  });

  test("says so where a module exports no app", async () => {
    using place = new Workplace();
    const file = place.write("main.ts", `export const app = { name: "shop" };\n`);
    const { code, stderr } = await place.run("run", "main.ts");
    expect([code, stderr]).toEqual([
      1,
      `pawl: ${file} exports no app; export it by default, or as app: export const app = new App({ … }) (PAWL_CLI_NO_APP)\n`,
    ]);
  });

  test("tells a mistake in the source with its place", async () => {
    using place = new Workplace();
    place.write("main.ts", `export default nothing.at.all;\n`);
    const { code, stderr } = await place.run("run", "main.ts");
    expect(stderr).toMatch(/nothing is not defined\n.*main\.ts:1:16/);
    expect(code).toBe(1);
  });
});
