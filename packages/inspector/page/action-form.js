/** @import { ActionDetail, Outcome } from "../src/protocol.ts" */
import { perform } from "./api.js";
import { h, setText } from "./dom.js";
import { duration } from "./format.js";
import { jsonBlock } from "./json-view.js";
import { jsonField } from "./schema-field.js";
import { inputField } from "./schema-form.js";

/**
 * The form that calls an action: its fields come from the schema, or all of the input is written as JSON.
 *
 * @param {string} path of the service
 * @param {ActionDetail} action
 */
export function actionForm(path, action) {
  const generated = inputField(action.schema);
  const raw = jsonField({ label: "Input, as JSON", required: false, nullable: false, schema: {} });
  const result = h("div", { class: "result", role: "status" });
  const call = h("button", { class: "primary", type: "submit", text: "Call", "aria-label": `Call ${action.name}` });
  const canSwitch = generated !== undefined && action.schema !== undefined;
  const asJson = h("button", { class: "quiet", type: "button", text: "As JSON", "aria-pressed": "false" });
  let field = generated;
  raw.element.hidden = true;
  asJson.addEventListener("click", () => {
    const next = field === raw ? generated : raw;
    if (!generated || !next || (field === raw && !raw.check())) return;
    next.write(field?.read());
    field = next;
    raw.element.hidden = field !== raw;
    generated.element.hidden = field === raw;
    asJson.setAttribute("aria-pressed", String(field === raw));
  });

  const form = h(
    "form",
    { class: "action-form" },
    generated?.element,
    canSwitch && raw.element,
    h("div", { class: "buttons" }, call, canSwitch && asJson),
    result,
  );
  // The messages stand at their fields, all at once, and not one after another in a bubble.
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    result.replaceChildren();
    field?.clear();
    if (field && !field.check()) {
      focusFirstProblem(form);
      return;
    }
    const input = field?.read();
    call.disabled = true;
    const outcome = await perform({ do: "call", path, action: action.name, ...(input === undefined ? {} : { input }) });
    call.disabled = false;
    if (outcome.ok) {
      result.append(
        h("p", { class: "good", text: `Result after ${duration(outcome.ms)}` }),
        jsonBlock(outcome.result, "result"),
      );
    } else {
      showFailure(result, outcome, (issuePath, message) => field?.tell(issuePath, message) ?? false);
      focusFirstProblem(form);
    }
  });
  return form;
}

/**
 * @param {HTMLElement} place
 * @param {Extract<Outcome, { ok: false }>} outcome
 * @param {(path: readonly string[], message: string) => boolean} tell
 */
function showFailure(place, outcome, tell) {
  const message = h("span");
  setText(message, outcome.message);
  place.append(h("p", { class: "bad" }, outcome.code !== undefined && h("code", { text: outcome.code }), message));
  const others = (outcome.issues ?? []).filter(({ path, message }) => {
    const names = path === "" ? [] : path.split(".");
    return names.length === 0 || !tell(names, message);
  });
  if (others.length > 0) {
    const line = (/** @type {{ path: string, message: string }} */ issue) =>
      h("li", { text: issue.path ? `${issue.path}: ${issue.message}` : issue.message });
    place.append(h("ul", { class: "bad" }, ...others.map(line)));
  }
}

/** @param {HTMLElement} form */
function focusFirstProblem(form) {
  const control = form.querySelector('[aria-invalid="true"]');
  if (control instanceof HTMLElement) control.focus();
}
