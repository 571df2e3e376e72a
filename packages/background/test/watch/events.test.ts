import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type FileEvent, type WatchOptions, watch } from "@pawl/background";
import type { CallContext } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type GivenService, given } from "../given-service.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { until } from "../until.ts";
import { FileRecorder } from "./file-recorder.ts";

/** An app that watches a folder, ready. */
async function watching(folder: TemporaryFolder, options?: WatchOptions, path = folder.path) {
  const one = given();
  const app = await testApp({ providers: { one } });
  const files = new FileRecorder(folder.path);
  const handle = watch(one, path, files.take, options);
  await handle.ready;
  return { app, one, files, handle };
}

describe("What happens to files", () => {
  it("is told: created, changed, deleted, with absolute paths", async () => {
    using folder = new TemporaryFolder();
    const { app, files } = await watching(folder);
    await using _ = app;
    writeFileSync(`${folder.path}/a`, "1");
    await files.seen("created a");
    writeFileSync(`${folder.path}/a`, "22");
    await files.seen("changed a");
    rmSync(`${folder.path}/a`);
    await files.seen("deleted a");
    expect(files.of("a")).toEqual(["created", "changed", "deleted"]);
    expect(files.events[0]).toEqual({ kind: "created", path: `${folder.path}/a`, isDirectory: false });
  });

  it("and to directories, with all that is in them", async () => {
    using folder = new TemporaryFolder();
    const { app, files } = await watching(folder);
    await using _ = app;
    mkdirSync(`${folder.path}/a/b`, { recursive: true });
    writeFileSync(`${folder.path}/a/b/c`, "1");
    await files.seen("created a/", "created a/b/", "created a/b/c");
    rmSync(`${folder.path}/a`, { recursive: true });
    await files.seen("deleted a/");
    // What was in it first.
    expect(files.told.slice(3)).toEqual(["deleted a/b/c", "deleted a/b/", "deleted a/"]);
  });

  it("is both deleted and created where a file is renamed", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(`${folder.path}/old`, "1");
    const { app, files } = await watching(folder);
    await using _ = app;
    renameSync(`${folder.path}/old`, `${folder.path}/new`);
    await files.seen("deleted old", "created new");
    expect(files.told).toHaveLength(2);
  });

  it("is a change where another file takes its place, as editors save", async () => {
    using folder = new TemporaryFolder();
    writeFileSync(`${folder.path}/text`, "1");
    const { app, files } = await watching(folder);
    await using _ = app;
    writeFileSync(`${folder.path}/text~`, "two");
    renameSync(`${folder.path}/text~`, `${folder.path}/text`);
    await files.seen("changed text");
    writeFileSync(`${folder.path}/text`, "three");
    await until("the new file is watched", () => files.of("text").length >= 2);
    expect(files.of("text")).not.toContain("deleted");
  });

  it("is told for each of a thousand files that come at once", { timeout: 40_000 }, async () => {
    using folder = new TemporaryFolder();
    const { app, files } = await watching(folder);
    await using _ = app;
    const names = Array.from({ length: 1_000 }, (_each, i) => `file-${i}`);
    for (const name of names) writeFileSync(`${folder.path}/${name}`, name);
    await until("all are told", () => files.events.length >= 1_000, 15_000);
    expect(files.told.filter((line) => line.startsWith("created")).sort()).toEqual(
      names.map((name) => `created ${name}`).sort(),
    );
    for (const name of names) rmSync(`${folder.path}/${name}`);
    const gone = () => files.events.filter(({ kind }) => kind === "deleted").length;
    await until("all are gone", () => gone() === 1_000, 15_000);
  });

  it("is told for files that come while their new directory is still unknown", async () => {
    using folder = new TemporaryFolder();
    const { app, files } = await watching(folder);
    await using _ = app;
    const wanted: string[] = [];
    for (let i = 0; i < 10; i++) {
      mkdirSync(`${folder.path}/d${i}`);
      for (let k = 0; k < 10; k++) {
        writeFileSync(`${folder.path}/d${i}/f${k}`, "1");
        wanted.push(`created d${i}/f${k}`);
        await new Promise(setImmediate);
      }
    }
    await files.seen(...wanted);
    expect(files.told.filter((line) => line.startsWith("created d") && !line.endsWith("/"))).toHaveLength(100);
  });

  it("is told of the last of several quick changes, too", async () => {
    using folder = new TemporaryFolder();
    const one = given();
    await using _ = await testApp({ providers: { one } });
    const { readFileSync } = await import("node:fs");
    let read = "";
    const path = `${folder.path}/counter`;
    writeFileSync(path, "0");
    await watch(one, folder.path, (event) => {
      if (event.kind !== "deleted") read = readFileSync(event.path, "utf8");
    }).ready;
    for (let i = 1; i <= 20; i++) {
      writeFileSync(path, "x".repeat(i));
      await delay(3);
    }
    await until("the last is read", () => read === "x".repeat(20));
  });
});

describe("A path that is watched", () => {
  it("may be a file, as a URL or relative to the process", async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/config.json`;
    writeFileSync(path, "1");
    const one = given();
    await using _ = await testApp({ providers: { one } });
    const files = new FileRecorder(folder.path);
    const { relative } = await import("node:path");
    const paths = [pathToFileURL(path), relative(process.cwd(), path)];
    await watch(one, paths, files.take).ready;
    writeFileSync(path, "22");
    await files.seen("changed config.json");
    rmSync(path);
    await files.seen("deleted config.json");
    writeFileSync(path, "333");
    await files.seen("created config.json");
    // Two spellings of one path are one.
    expect(files.told).toEqual(["changed config.json", "deleted config.json", "created config.json"]);
  });

  it.each(["a", "a/b/c"])("may be missing at first, with its parents: %s is told when it comes", async (name) => {
    using folder = new TemporaryFolder();
    const { app, files } = await watching(folder, {}, `${folder.path}/${name}`);
    await using _ = app;
    mkdirSync(`${folder.path}/${name}`, { recursive: true });
    writeFileSync(`${folder.path}/${name}/x`, "1");
    await files.seen(`created ${name}/`, `created ${name}/x`);
    writeFileSync(`${folder.path}/${name}/y`, "1");
    await files.seen(`created ${name}/y`);
    expect(files.told).toHaveLength(3);
  });

  it("may be removed and made again", async () => {
    using folder = new TemporaryFolder();
    mkdirSync(`${folder.path}/a`);
    writeFileSync(`${folder.path}/a/old`, "1");
    const { app, files } = await watching(folder, {}, `${folder.path}/a`);
    await using _ = app;
    for (const round of ["1", "2"]) {
      rmSync(`${folder.path}/a`, { recursive: true });
      await files.seen("deleted a/");
      mkdirSync(`${folder.path}/a`);
      writeFileSync(`${folder.path}/a/new${round}`, "1");
      await files.seen("created a/", `created a/new${round}`);
    }
    expect(files.of("a/old")).toEqual(["deleted"]);
    expect(files.of("a/new1")).toEqual(["created", "deleted"]);
  });

  it("may be replaced by another directory at once: what differs is told", async () => {
    using folder = new TemporaryFolder();
    for (const name of ["a", "b"]) mkdirSync(`${folder.path}/${name}`);
    writeFileSync(`${folder.path}/a/gone`, "1");
    writeFileSync(`${folder.path}/b/come`, "1");
    const { app, files } = await watching(folder, {}, `${folder.path}/a`);
    await using _ = app;
    renameSync(`${folder.path}/a`, `${folder.path}/old`);
    renameSync(`${folder.path}/b`, `${folder.path}/a`);
    await files.seen("deleted a/gone", "created a/come");
    writeFileSync(`${folder.path}/a/later`, "1");
    await files.seen("created a/later");
    expect(files.of("a/gone")).toEqual(["deleted"]);
    expect(files.of("a/come")).toEqual(["created"]);
  });
});

describe("An option", () => {
  it("initial tells what is there as created; without it only what comes", async () => {
    using folder = new TemporaryFolder();
    mkdirSync(`${folder.path}/d`);
    writeFileSync(`${folder.path}/d/a`, "1");
    const { app, files, one } = await watching(folder, { initial: true });
    await using _ = app;
    expect(files.told).toEqual(["created d/", "created d/a"]);
    const later = new FileRecorder(folder.path);
    await watch(one, folder.path, later.take).ready;
    writeFileSync(`${folder.path}/b`, "1");
    await later.seen("created b");
    expect(later.told).toEqual(["created b"]);
  });

  it("ignore leaves out what matches, with all that is in it", async () => {
    using folder = new TemporaryFolder();
    const ignore = [/\.part$/g, (path: string) => path === "cache" || path.startsWith("deep/cache")];
    const { app, files } = await watching(folder, { ignore });
    await using _ = app;
    for (const name of ["cache", "deep", "deep/cache"]) mkdirSync(`${folder.path}/${name}`);
    for (const name of ["a.part", "b.part", "cache/x", "deep/cache/y"]) writeFileSync(`${folder.path}/${name}`, "1");
    writeFileSync(`${folder.path}/deep/told`, "1");
    await files.seen("created deep/", "created deep/told");
    // Directories are looked through once more, a second later.
    await delay(1_200);
    expect(files.told.sort()).toEqual(["created deep/", "created deep/told"]);
  });

  it("depth bounds how deep it looks", async () => {
    using folder = new TemporaryFolder();
    mkdirSync(`${folder.path}/a/b/c`, { recursive: true });
    const { app, files } = await watching(folder, { depth: 1, initial: true });
    await using _ = app;
    writeFileSync(`${folder.path}/a/b/c/too-deep`, "1");
    writeFileSync(`${folder.path}/a/b/too-deep`, "1");
    writeFileSync(`${folder.path}/a/told`, "1");
    await files.seen("created a/told");
    await delay(1_200);
    expect(files.told.filter((line) => /deep|\/c/.test(line))).toEqual([]);
    expect(files.of("a/b/")).toEqual(["created"]);
  });

  it("settle tells a file when it was left alone for so long, once, also one that was there", async () => {
    using folder = new TemporaryFolder();
    const { readFileSync } = await import("node:fs");
    const one = given();
    await using app = await testApp({ providers: { one } });
    const read: string[] = [];
    const take = ({ kind, path }: FileEvent) => void read.push(`${kind} ${readFileSync(path, "utf8").length}`);
    await watch(one, `${folder.path}/inbox`, (event) => (event.isDirectory ? undefined : take(event)), {
      settle: "300ms",
    }).ready;
    mkdirSync(`${folder.path}/inbox`);
    const path = `${folder.path}/inbox/big`;
    for (let i = 1; i <= 10; i++) {
      writeFileSync(path, "x".repeat(i));
      await delay(50);
    }
    expect(read).toEqual([]);
    await until("it is told", () => read.length > 0);
    expect(read).toEqual(["created 10"]);
    writeFileSync(path, "y");
    await until("its change is told", () => read.length > 1);
    expect(read).toEqual(["created 10", "changed 1"]);
    // One that goes before it has settled has never been there.
    writeFileSync(`${folder.path}/inbox/short`, "1");
    await delay(100);
    rmSync(`${folder.path}/inbox/short`);
    writeFileSync(`${folder.path}/inbox/last`, "22");
    await until("another one is told", () => read.length > 2);
    expect(read.slice(2)).toEqual(["created 2"]);
    expect(app.errors).toEqual([]);
  });

  it("poll looks by itself, where the file system tells nothing", async () => {
    using folder = new TemporaryFolder();
    const { app, files } = await watching(folder, { poll: "50ms" });
    await using _ = app;
    writeFileSync(`${folder.path}/a`, "1");
    await files.seen("created a");
    writeFileSync(`${folder.path}/a`, "22");
    await files.seen("changed a");
    rmSync(`${folder.path}/a`);
    await files.seen("deleted a");
  });

  it.each([
    [{ paths: [] }, "no path"],
    [{ paths: 3 }, "paths"],
    [{ paths: [""] }, "paths"],
    [{ fn: "log" }, "function"],
    [{ options: { depth: -1 } }, "depth"],
    [{ options: { ignore: "*.part" } }, "ignore"],
    [{ options: { onError: "log" } }, "onError"],
    [{ options: { settle: "soon" } }, "settle"],
    [{ options: { poll: 0 } }, "poll"],
    [{ options: 3 }, "options"],
  ])("that it cannot have is refused at once: %j", async (wrong, named) => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const { paths, fn, options } = { paths: ".", fn: () => {}, options: {}, ...wrong };
    expect(() => watch(one, paths as string, fn as () => void, options as never)).toThrow(named);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

it("types `this` of its function as the service", async () => {
  using folder = new TemporaryFolder();
  const one = given();
  await using _ = await testApp({ providers: { one } });
  watch(one, folder.path, function (event, context) {
    expectTypeOf(this).toEqualTypeOf<GivenService>();
    expectTypeOf(event).toEqualTypeOf<FileEvent>();
    expectTypeOf(context).toEqualTypeOf<CallContext>();
  });
});
