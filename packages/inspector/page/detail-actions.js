/** @import { Detail } from "../src/protocol.ts" */
import { actionForm } from "./action-form.js";
import { section } from "./detail-section.js";
import { h, keyed } from "./dom.js";

/** The actions of a service, each with a form that calls it. */
export class ActionsPart {
  #list = h("ul", { class: "actions" });
  #part = section("Actions", this.#list);
  element = this.#part.element;

  /** @param {Detail} detail */
  update({ row, actions }) {
    this.#part.show(actions.length);
    // A service that started again with another schema has another form.
    keyed(
      this.#list,
      actions,
      (action) => `${action.name} ${JSON.stringify(action.schema)}`,
      (action) =>
        h(
          "li",
          {},
          h(
            "details",
            {},
            h(
              "summary",
              {},
              h("code", { text: action.name }),
              action.admin && h("span", { class: "chip", text: "admin" }),
              action.description !== undefined && h("span", { class: "hint", text: action.description }),
            ),
            actionForm(row.path, action),
          ),
        ),
      () => {},
    );
  }
}
