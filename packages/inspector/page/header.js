/** @import { ConnectionState } from "./connection.js" */
/** @import { Store } from "./store.js" */
import { byId, setAttribute, setText } from "./dom.js";
import { age, bytes, duration, time } from "./format.js";

/** What the app is at, and whether the page still hears of it. */
export class Header {
  #store;
  /** @type {ConnectionState} */
  #state = "connecting";
  /** @type {number | undefined} */
  #retryAt;
  /** When it was heard of last, by the clock of the app. @type {string | undefined} */
  #heardAt;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    store.onChange(() => this.#showApp());
    setInterval(() => {
      this.#showTimes();
      this.#showConnection();
    }, 1000);
    this.#showConnection();
  }

  /**
   * @param {ConnectionState} state
   * @param {number | undefined} retryAt
   */
  connection(state, retryAt) {
    if (this.#state === "live" && state !== "live") this.#heardAt = new Date(this.#store.now()).toISOString();
    this.#state = state;
    this.#retryAt = retryAt;
    this.#showConnection();
  }

  #showApp() {
    const { app } = this.#store;
    if (!app) return;
    document.title = `${app.name} · Inspector`;
    setText(byId("app-name"), app.name);
    setText(byId("app-status"), app.status);
    setAttribute(byId("app-status"), "data-status", app.status);
    setText(byId("app-version"), app.version ?? "–");
    setText(byId("app-pid"), String(app.pid));
    setText(byId("app-delay"), duration(Math.round(app.loopDelayMs * 10) / 10));
    byId("app-delay").classList.toggle("bad", app.loopDelayMs > 100);
    setText(byId("app-memory"), bytes(app.memoryBytes));
    byId("version-vital").hidden = app.version === undefined;
    this.#showTimes();
  }

  #showTimes() {
    const { app } = this.#store;
    if (app && this.#state === "live") setText(byId("app-uptime"), age(this.#store.now() - Date.parse(app.since)));
  }

  #showConnection() {
    const element = byId("connection");
    setAttribute(element, "data-state", this.#state);
    setText(element, words[this.#state]);
    const wait = this.#retryAt === undefined ? 0 : Math.ceil((this.#retryAt - Date.now()) / 1000);
    setText(byId("retry-in"), this.#retryAt !== undefined && wait > 0 ? `next try in ${wait}s` : "");
    byId("retry").hidden = this.#retryAt === undefined;
    document.body.classList.toggle("stale", this.#state !== "live");
    const note = notes[this.#state] ?? "";
    const shown = note && this.#heardAt ? `${note} What is shown is as of ${time(this.#heardAt)}.` : note;
    setText(byId("stale-note"), shown);
    byId("stale-note").hidden = shown === "";
    // What it was at last is no longer true.
    byId("app-status").hidden = note !== "" && this.#state !== "paused";
    const paused = this.#state === "paused";
    const pause = byId("pause");
    setText(pause, paused ? "Resume" : "Pause");
    setAttribute(pause, "aria-pressed", String(paused));
  }
}

/** @type {Readonly<Record<ConnectionState, string>>} */
const words = {
  connecting: "connecting",
  live: "live",
  reconnecting: "reconnecting",
  refused: "not let in",
  stopped: "stopped",
  paused: "paused",
};

/** What it means that nothing new comes. @type {Readonly<Partial<Record<ConnectionState, string>>>} */
const notes = {
  reconnecting: "The app does not answer; this page goes on asking.",
  refused: "The app answers, but does not let this page in: reload it, and type the token if it asks for one.",
  stopped: "The app has stopped; this page shows it again when it is back.",
  paused: "Paused.",
};
