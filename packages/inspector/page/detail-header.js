/** @import { Row } from "../src/protocol.ts" */
/** @import { Store } from "./store.js" */
/** @import { Verb } from "./commands.js" */
import { change, refusal } from "./commands.js";
import { copyButton } from "./copy-button.js";
import { h, keyed, setAttribute, setText, uniqueId } from "./dom.js";
import { age, bytes, count, duration, time } from "./format.js";
import { showState, stateIcon } from "./state-icon.js";

/** @type {readonly Verb[]} */
const verbs = ["start", "stop", "restart"];

/** Who a service is, what it is at, and the buttons that change that. */
export class DetailHeader {
  #store;
  /** @type {Row | undefined} */
  #row;
  #icon = stateIcon();
  #name = h("h2", { id: "detail-name", tabindex: "-1" });
  #path = h("span", { class: "path" });
  #copy = copyButton("path", () => this.#row?.path ?? "");
  #state = h("span", { class: "state-pill" });
  #list = h("dl", { class: "pairs" });
  #buttons = new Map(verbs.map((verb) => [verb, this.#button(verb)]));
  #why = h("p", { class: "hint", id: uniqueId("why") });
  element = h(
    "header",
    { class: "detail-head" },
    h("div", { class: "who" }, this.#icon, this.#name, this.#state),
    h("div", { class: "where" }, this.#path, this.#copy),
    h("div", { class: "buttons" }, ...this.#buttons.values()),
    this.#why,
    this.#list,
  );

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  focus() {
    this.#name.focus();
  }

  /** @param {Row} row */
  update(row) {
    this.#row = row;
    const isApp = row.path === "";
    setText(this.#name, row.name);
    setText(this.#path, isApp ? "the app" : row.path);
    this.#copy.hidden = isApp;
    setText(this.#state, row.state);
    setAttribute(this.#state, "data-state", row.state);
    showState(this.#icon, row.state);
    const whys = new Set();
    for (const [verb, button] of this.#buttons) {
      const why = refusal(this.#store, verb, row);
      setAttribute(button, "aria-disabled", why !== undefined && "true");
      setAttribute(button, "title", why);
      setAttribute(button, "aria-describedby", why !== undefined && this.#why.id);
      if (why !== undefined && !obvious(verb, row)) whys.add(why);
    }
    setText(this.#why, [...whys].join(" "));
    this.#why.hidden = whys.size === 0;
    const make = () => h("div", {}, h("dt"), h("dd"));
    keyed(
      this.#list,
      isApp ? this.#ofApp() : this.#ofService(row),
      ([key]) => key,
      make,
      (line, [key, text]) => {
        const [name, value] = line.children;
        if (name) setText(name, key);
        if (value) setText(value, text);
        line.classList.toggle("bad", key === "last error");
        line.classList.toggle("warning", key.startsWith("warning"));
      },
    );
  }

  /** @param {Row} row @returns {(readonly [string, string])[]} */
  #ofService(row) {
    /** @type {(readonly [string, string])[]} */
    const pairs = [["class", row.className]];
    if (row.since !== undefined) pairs.push(["since", this.#since(row.since)]);
    pairs.push(["restarts", count(row.restarts)]);
    row.warnings.forEach((warning, index) => {
      pairs.push([index === 0 ? "warning" : `warning ${index + 1}`, warning]);
    });
    if (row.lastError !== undefined) pairs.push(["last error", row.lastError]);
    return pairs;
  }

  /** @returns {(readonly [string, string])[]} */
  #ofApp() {
    const { app, rows } = this.#store;
    if (!app) return [];
    const all = [...rows.values()];
    const down = all.filter(({ state }) => state !== "running").map(({ path, state }) => `${path} (${state})`);
    const warned = all.filter(({ warnings }) => warnings.length > 0).map(({ path }) => path);
    return [
      ["status", app.status],
      ...(down.length === 0 ? [] : [/** @type {const} */ (["not running", someOf(down)])]),
      ...(warned.length === 0 ? [] : [/** @type {const} */ (["warnings of", someOf(warned)])]),
      ["since", this.#since(app.since)],
      ["services", count(rows.size)],
      ...(app.version === undefined ? [] : [/** @type {const} */ (["version", app.version])]),
      ["Node.js", app.node],
      ["process", String(app.pid)],
      ["memory", bytes(app.memoryBytes)],
      ["loop delay", duration(app.loopDelayMs)],
    ];
  }

  /** @param {string} iso */
  #since(iso) {
    return `${time(iso)} (${age(this.#store.now() - Date.parse(iso))})`;
  }

  /** @param {Verb} verb */
  #button(verb) {
    const button = h("button", {
      type: "button",
      class: verb === "start" ? "" : verb,
      text: `${verb[0]?.toUpperCase()}${verb.slice(1)}`,
    });
    button.addEventListener("click", async () => {
      // Not `disabled`: it would lose the focus, and nobody could read why.
      if (!this.#row || button.getAttribute("aria-disabled") || button.classList.contains("busy")) return;
      button.classList.add("busy");
      await change(this.#store, verb, this.#row);
      button.classList.remove("busy");
    });
    return button;
  }
}

/** So many are named. */
const mostNamed = 6;

/** @param {readonly string[]} names */
function someOf(names) {
  const more = names.length - mostNamed;
  return more > 0 ? `${names.slice(0, mostNamed).join(", ")} and ${count(more)} more` : names.join(", ");
}

/**
 * Whether the state says by itself why the button does nothing.
 *
 * @param {Verb} verb
 * @param {Row} row
 */
function obvious(verb, row) {
  const up = row.state === "running" || row.state === "starting";
  return verb === "start" ? up : verb === "stop" && !up;
}
