import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { otherVersions } from "../../../cli/src/new/project-files.ts";
import { Workplace } from "./pawl.ts";

const manifestOf = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));

// That its commands work is shown by test/new-project.test.ts, with the packages as they are published.
describe("pawl new", () => {
  test("makes a project that is called as its directory, and says how to run it", async () => {
    using place = new Workplace();
    const { code, stdout } = await place.run("new", "My Shop");
    const directory = join(place.path, "My Shop");
    expect(stdout).toBe(`${directory} is ready.\n\n  cd "My Shop"\n  npm install\n  npm start\n`);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(directory, "package.json"), "utf8"))).toMatchObject({
      name: "my-shop",
      private: true,
    });
    expect(readFileSync(join(directory, "README.md"), "utf8")).toContain("```sh\nnpm install\nnpm start\n```");
  });

  test("fills an empty directory, also one that is a repository already", async () => {
    using place = new Workplace();
    mkdirSync(join(place.path, "shop/.git"), { recursive: true });
    await using program = place.start(["new", "."], { cwd: join(place.path, "shop") });
    expect((await program.ended).code).toBe(0);
    expect(program.stdout).toContain("is ready.\n\n  npm install\n");
    expect(existsSync(join(place.path, "shop/src/app.ts"))).toBe(true);
  });

  test("leaves a directory alone that has something in it", async () => {
    using place = new Workplace();
    mkdirSync(join(place.path, "shop"));
    writeFileSync(join(place.path, "shop/notes.txt"), "mine");
    const { code, stderr } = await place.run("new", "shop");
    expect([code, stderr]).toEqual([
      1,
      `pawl: ${place.path}/shop is not empty (notes.txt); give an empty directory, or one that is still to be made (PAWL_CLI_NOT_EMPTY)\n`,
    ]);
    expect(existsSync(join(place.path, "shop/package.json"))).toBe(false);
  });

  test("takes no file for a directory", async () => {
    using place = new Workplace();
    writeFileSync(join(place.path, "shop"), "mine");
    const { code, stderr } = await place.run("new", "shop");
    expect([code, stderr]).toEqual([2, `pawl: ${place.path}/shop is a file; give a directory (PAWL_CLI_USAGE)\n`]);
  });

  test("begins with the versions that Pawl itself is tested with", () => {
    const { devDependencies } = manifestOf("../../../../package.json");
    const { peerDependencies } = manifestOf("../../package.json");
    const { hono, ...tools } = otherVersions;
    expect(hono).toBe(peerDependencies.hono);
    expect(tools).toEqual(Object.fromEntries(Object.keys(tools).map((name) => [name, `^${devDependencies[name]}`])));
  });
});
