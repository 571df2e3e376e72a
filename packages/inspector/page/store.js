/** @import { AppInfo, Changes, Row, Snapshot } from "../src/protocol.ts" */

/** How long a crash stays marked, also when the service runs again. */
const crashMarkMs = 20_000;

/**
 * What changed: some rows, or the shape of the tree (rows came, went or moved).
 *
 * @typedef {{ readonly paths: ReadonlySet<string>, readonly shape: boolean }} Change
 */

/** What the page knows of the app: its rows, in order, and who owns whom. */
export class Store {
  /** @type {AppInfo | undefined} */
  app;
  /** @type {Map<string, Row>} */
  rows = new Map();
  /** Paths of the rows in order, owners before children. @type {readonly string[]} */
  order = [];
  /** Owner path → paths of what it owns, in order. @type {Map<string, string[]>} */
  #children = new Map();
  /** Path → when it was seen to crash. @type {Map<string, number>} */
  #crashes = new Map();
  /** How far the clock of the app is ahead of this one, in milliseconds. */
  #ahead = 0;
  /** @type {Set<(change: Change) => void>} */
  #listeners = new Set();

  /** @param {(change: Change) => void} fn */
  onChange(fn) {
    this.#listeners.add(fn);
  }

  /** Now, by the clock of the app. */
  now() {
    return Date.now() + this.#ahead;
  }

  /** @param {string} owner path; "" is the app */
  childrenOf(owner) {
    return this.#children.get(owner) ?? [];
  }

  /** @param {Snapshot} snapshot */
  replace(snapshot) {
    const before = this.rows;
    this.#setApp(snapshot.app);
    this.rows = new Map(snapshot.rows.map((row) => [row.path, row]));
    this.order = snapshot.rows.map((row) => row.path);
    this.#index();
    for (const row of snapshot.rows) this.#noteCrash(before.get(row.path), row);
    this.#tell(new Set(this.order), true);
  }

  /** @param {Changes} changes */
  apply(changes) {
    if (changes.app) this.#setApp(changes.app);
    let shape = changes.order !== undefined || changes.gone.length > 0;
    for (const path of changes.gone) {
      this.rows.delete(path);
      this.#crashes.delete(path);
    }
    for (const row of changes.rows) {
      const before = this.rows.get(row.path);
      if (!before || before.owner !== row.owner) shape = true;
      this.#noteCrash(before, row);
      this.rows.set(row.path, row);
    }
    if (shape) {
      const listed = (changes.order ?? this.order).filter((path) => this.rows.has(path));
      const known = new Set(listed);
      this.order = [...listed, ...changes.rows.map((row) => row.path).filter((path) => !known.has(path))];
      this.#index();
    }
    this.#tell(new Set(changes.rows.map((row) => row.path)), shape);
  }

  /** @param {AppInfo} app */
  #setApp(app) {
    this.app = app;
    this.#ahead = Date.parse(app.now) - Date.now();
  }

  #index() {
    this.#children = new Map();
    for (const path of this.order) {
      const owner = this.rows.get(path)?.owner ?? "";
      const siblings = this.#children.get(owner);
      if (siblings) siblings.push(path);
      else this.#children.set(owner, [path]);
    }
  }

  /**
   * @param {Row | undefined} before
   * @param {Row} row
   */
  #noteCrash(before, row) {
    const crashed = row.state === "failed" && before?.state !== "failed";
    // It may have crashed and come back between two looks.
    const restarted = before !== undefined && row.restarts > before.restarts && before.state !== "failed";
    if (!crashed && !(restarted && row.lastError !== undefined)) return;
    this.#crashes.set(row.path, Date.now());
    // Its mark goes after a while: then the row has changed as well.
    setTimeout(() => this.#tell(new Set([row.path]), false), crashMarkMs + 50);
  }

  /** Whether it crashed a short while ago. @param {string} path */
  isMarked(path) {
    const at = this.#crashes.get(path);
    return at !== undefined && Date.now() - at < crashMarkMs;
  }

  /**
   * @param {ReadonlySet<string>} paths
   * @param {boolean} shape
   */
  #tell(paths, shape) {
    for (const fn of this.#listeners) fn({ paths, shape });
  }
}
