/** @import { Detail, ErrorLine, FactLine } from "../src/protocol.ts" */
import { copyButton } from "./copy-button.js";
import { distinct, section } from "./detail-section.js";
import { h, keyed } from "./dom.js";
import { time } from "./format.js";
import { jsonBlock } from "./json-view.js";

/** What happened to a service: its errors with their stacks, and the facts, newest first. */
export class HistoryPart {
  #errorList = h("ul", { class: "errors" });
  #factList = h("ul", { class: "facts" });
  #errors = section("Errors", this.#errorList);
  #facts = section("What happened", this.#factList);
  errors = this.#errors.element;
  facts = this.#facts.element;

  /** @param {Detail} detail */
  update({ row, errors, facts }) {
    this.#errors.show(errors.length);
    this.#facts.show(facts.length);
    const errorKey = distinct(errors, ({ at, label, message }) => `${at} ${label} ${message}`);
    keyed(this.#errorList, errors, errorKey, errorLine, () => {});
    const factKey = distinct(facts, ({ at, kind, path, text }) => `${at} ${kind} ${path} ${text}`);
    keyed(
      this.#factList,
      facts,
      factKey,
      (fact) => factLine(fact, row.path),
      () => {},
    );
  }
}

/** @param {ErrorLine} error */
function errorLine({ at, label, name, code, message, stack }) {
  const text = stack ?? `${name}: ${message}`;
  return h(
    "li",
    {},
    h(
      "details",
      {},
      h(
        "summary",
        {},
        h("time", { datetime: at, text: time(at) }),
        h("span", { class: "chip bad", text: code ?? name }),
        h("span", { class: "hint", text: label }),
        h("span", { class: "message", text: message }),
      ),
      h(
        "div",
        { class: "block" },
        h("pre", { text, tabindex: "0", role: "region", "aria-label": `stack of ${name}` }),
        copyButton("error", () => text),
      ),
    ),
  );
}

/**
 * @param {FactLine} fact
 * @param {string} path of the service that is looked at
 */
function factLine({ at, kind, path: factPath, text, data }, path) {
  const below =
    factPath !== path &&
    h("span", { class: "hint", text: factPath.startsWith(`${path}/`) ? factPath.slice(path.length + 1) : factPath });
  const summary = h(
    "summary",
    {},
    h("time", { datetime: at, text: time(at) }),
    h("span", { class: "chip", data: { kind: toneOf(kind) }, text: kind }),
    below,
    h("span", { class: "message", text }),
  );
  const details = h("details", {}, summary);
  // Made when it is looked at: most never are.
  details.addEventListener("toggle", () => details.append(jsonBlock(data, "fact")), { once: true });
  return h("li", {}, details);
}

/** @param {string} kind */
function toneOf(kind) {
  if (/crash|failed|error|timedOut|escalation|dropped/.test(kind)) return "bad";
  if (/warning|restart|retry|skipped/.test(kind)) return "warning";
  return "plain";
}
