import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SqliteFile, type SqliteSchema, sqlitePath } from "@pawl/messages/extend";
import { virtualClock } from "@pawl/testing";
import { describe, expect, test } from "vitest";

const schema: SqliteSchema = { name: "messages", versions: ["CREATE TABLE note (text TEXT NOT NULL)"] };
const newPath = () => join(mkdtempSync(join(tmpdir(), "sqlite-")), "deep", "down", "app.db");

async function openFile(path = newPath(), of = schema) {
  const clock = virtualClock();
  const file = await SqliteFile.open({ path, clock, schema: of });
  return { file, clock, path, [Symbol.asyncDispose]: () => file.close() };
}

const add = (file: SqliteFile, text: string | null) =>
  file.write(() => file.sql("INSERT INTO note VALUES (?)").run(text).changes);
const notes = (file: SqliteFile) =>
  file
    .sql("SELECT text FROM note ORDER BY rowid")
    .all()
    .map(({ text }) => text);

test("makes the directory, the file and the tables, and keeps what was written", async () => {
  const { file, path } = await openFile();
  await add(file, "one");
  await file.close();
  await using again = await openFile(path);
  expect(notes(again.file)).toEqual(["one"]);
});

test("writes of one turn share a transaction, in which one that fails is undone alone", async () => {
  await using opened = await openFile();
  const { file, path } = opened;
  using other = new DatabaseSync(path);
  const version = () => other.prepare("PRAGMA data_version").get()?.data_version as number;
  const before = version();
  const wrong = file.write(() => {
    file.sql("INSERT INTO note VALUES (?)").run("half");
    throw new Error("no");
  });
  const all = await Promise.allSettled([add(file, "one"), wrong, add(file, null), add(file, "two")]);
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(notes(file)).toEqual(["one", "two"]);
  expect(version()).toBe(before + 1);
});

test("a write that cannot be undone alone takes the others of its transaction with it, and all are told", async () => {
  await using opened = await openFile();
  const { file } = opened;
  const one = add(file, "one");
  const wrong = file.write(() => {
    file.sql("RELEASE one").run();
    throw new Error("no");
  });
  const all = await Promise.allSettled([one, wrong]);
  expect(all.map((write) => write.status === "rejected" && write.reason.message)).toEqual(["no", "no"]);
  await add(file, "two");
  expect(notes(file)).toEqual(["two"]);
});

test("waits for the lock of another connection without holding up the event loop, then gives up", async () => {
  await using opened = await openFile();
  const { file, clock, path } = opened;
  using other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const taken = add(file, "one");
  await clock.advance("1s");
  other.exec("COMMIT");
  await clock.advance("1s");
  expect(await taken).toBe(1);
  other.exec("BEGIN IMMEDIATE");
  const refused = expect(add(file, "two")).rejects.toMatchObject({
    code: "PAWL_SQLITE_BUSY",
    message: expect.stringMatching(/app\.db was locked by another connection for 10\.?\d*s\. Look for a transaction/),
  });
  await clock.advance("11s");
  await refused;
  other.exec("COMMIT");
  expect(notes(file)).toEqual(["one"]);
});

test("tells watchers at once of what it has written itself, and within 50 ms of what others have", async () => {
  await using opened = await openFile();
  const { file, clock, path } = opened;
  let told = 0;
  const undo = file.watch(() => told++);
  await add(file, "one");
  expect(told).toBe(1);
  using other = new DatabaseSync(path);
  other.exec("INSERT INTO note VALUES ('two')");
  await clock.advance("50ms");
  expect(told).toBe(2);
  await clock.advance("1s");
  expect(told).toBe(2);
  undo();
  expect(clock.pending).toEqual([]);
});

test("closing writes what is queued, and takes no more", async () => {
  const { file, path } = await openFile();
  const written = add(file, "one");
  await file.close();
  expect(await written).toBe(1);
  await expect(add(file, "two")).rejects.toThrow(`${path}: is closed already`);
  expect(existsSync(`${path}-wal`)).toBe(false);
});

describe("refuses", () => {
  test("a file that is no database", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "sqlite-")), "letter.txt");
    writeFileSync(path, "Dear reader, this is a letter and by no means a database. ".repeat(30));
    await expect(openFile(path)).rejects.toMatchObject({
      code: "PAWL_SQLITE_UNUSABLE",
      message: `${path}: is not a SQLite database. Give another path, or move that file away: file is not a database`,
    });
  });

  test("a directory in its place", async () => {
    const path = mkdtempSync(join(tmpdir(), "sqlite-"));
    await expect(openFile(path)).rejects.toMatchObject({ code: "PAWL_SQLITE_UNUSABLE" });
  });

  test.skipIf(process.getuid?.() === 0)("a directory that it may not write to", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sqlite-"));
    mkdirSync(join(directory, "closed"));
    chmodSync(join(directory, "closed"), 0o500);
    await expect(openFile(join(directory, "closed", "app.db"))).rejects.toMatchObject({ code: "PAWL_SQLITE_UNUSABLE" });
  });

  test("tables of a newer version, and leaves those of an older one as the newer has them", async () => {
    const path = newPath();
    const newer = { ...schema, versions: [...schema.versions, "ALTER TABLE note ADD COLUMN author TEXT"] };
    await (await openFile(path)).file.close();
    await (await openFile(path, newer)).file.close();
    await expect(openFile(path)).rejects.toThrow(
      `${path}: its tables for messages have version 2, newer than 1, the newest that this process knows. Update @pawl/messages`,
    );
    await using again = await openFile(path, newer);
    expect(again.file.sql("SELECT author FROM note").all()).toEqual([]);
  });

  test("URLs that name no file", () => {
    expect(sqlitePath("sqlite:./data/app.db")).toBe(join(process.cwd(), "data/app.db"));
    expect(sqlitePath("sqlite:///var/app.db")).toBe("/var/app.db");
    for (const url of ["sqlite:", "sqlite://host/app.db", "sqlite::memory:", "postgres://x"]) {
      expect(() => sqlitePath(url), url).toThrow(expect.objectContaining({ code: "PAWL_SQLITE_BAD_URL" }));
    }
  });
});

test("several processes make the same tables at once, and lose no write", async () => {
  const path = newPath();
  const children = [1, 2, 3].map((n) => {
    const program = join(import.meta.dirname, "fixtures", "write-notes.ts");
    return spawn(process.execPath, ["--conditions=pawl-source", "--no-warnings", program, path, String(n)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  });
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0, 0]);
  await using opened = await openFile(path);
  expect(new Set(notes(opened.file)).size).toBe(150);
});
