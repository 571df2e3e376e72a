/** @import { Store } from "./store.js" */
import { perform } from "./api.js";
import { h, keyed, setAttribute } from "./dom.js";
import { duration, plural } from "./format.js";
import { jsonField } from "./schema-field.js";

/** Emits an event on the bus of the app. */
export class EmitForm {
  #store;
  #known = h("datalist", { id: "known-events" });
  #name = h("input", {
    id: "emit-event",
    list: "known-events",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "order:completed",
  });
  #payload = jsonField({ label: "Payload, as JSON", required: false, nullable: false, schema: {} });
  #send = h("button", { class: "primary", type: "submit", text: "Emit" });
  #result = h("div", { class: "result", role: "status" });
  element = h(
    "form",
    { class: "emit-form", "aria-labelledby": "emit-heading" },
    h("h2", { id: "emit-heading", text: "Emit an event" }),
    h(
      "div",
      { class: "field" },
      h("label", { for: "emit-event" }, h("span", { text: "Event" })),
      this.#name,
      this.#known,
    ),
    this.#payload.element,
    h("div", { class: "buttons" }, this.#send),
    this.#result,
  );

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#emit();
    });
  }

  /** @param {readonly string[]} events names that somebody emits or hears */
  show(events) {
    keyed(
      this.#known,
      events,
      String,
      (value) => h("option", { value }),
      () => {},
    );
    const refused = !this.#store.app?.canChange;
    setAttribute(this.#send, "aria-disabled", refused && "true");
    setAttribute(this.#send, "title", refused && "From here the app can only be looked at.");
  }

  async #emit() {
    this.#result.replaceChildren();
    if (this.#send.getAttribute("aria-disabled") || !this.#payload.check()) return;
    const payload = this.#payload.read();
    const outcome = await perform({
      do: "emit",
      event: this.#name.value,
      ...(payload === undefined ? {} : { payload }),
    });
    if (outcome.ok) {
      const { listeners } = /** @type {{ listeners?: number }} */ (outcome.result ?? {});
      const heard = listeners === undefined ? "Emitted" : `Heard by ${plural(listeners, "listener")}`;
      this.#result.append(h("p", { class: "good", text: `${heard} (${duration(outcome.ms)})` }));
      return;
    }
    this.#result.append(
      h(
        "p",
        { class: "bad" },
        outcome.code !== undefined && h("code", { text: outcome.code }),
        h("span", { text: outcome.message }),
      ),
    );
    for (const { path, message } of outcome.issues ?? [])
      this.#payload.tell(path === "" ? [] : path.split("."), message);
  }
}
