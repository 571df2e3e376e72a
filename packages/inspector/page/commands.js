/** @import { Command, Outcome, Row } from "../src/protocol.ts" */
/** @import { Store } from "./store.js" */
import { perform } from "./api.js";
import { confirmed } from "./dialogs.js";
import { capital, duration } from "./format.js";
import { inLine } from "./json-view.js";
import { toast } from "./toasts.js";

/** @typedef {"start" | "stop" | "restart"} Verb */

/** Characters of a result that a message shows. */
const mostOfResult = 200;

const done = { start: "started", stop: "stopped", restart: "restarted" };

/**
 * Why something cannot be done to a service now; undefined where it can.
 *
 * @param {Store} store
 * @param {Verb} verb
 * @param {Row} row
 */
export function refusal({ app }, verb, row) {
  if (!app?.canChange) return "From here the app can only be looked at.";
  const up = row.state === "running" || row.state === "starting";
  if (row.path === "") {
    if (verb === "start") return "A stopped app answers nobody: start it where it was started.";
    return up ? undefined : `The app is ${row.state}.`;
  }
  if (verb === "stop") {
    if (up || row.state === "failed") return undefined;
    return row.state === "stopping" ? "It is stopping." : "It is not running.";
  }
  if (row.owner !== "") return `It is ${verb}ed by its owner, ${row.owner}.`;
  if (verb === "start" && up) return "It runs already.";
  if (row.state === "stopping") return "It is stopping.";
  return undefined;
}

/**
 * What cannot be undone for others is asked for once more.
 *
 * @param {Store} store
 * @param {Verb} verb
 * @param {Row} row
 */
export async function change(store, verb, row) {
  const why = refusal(store, verb, row);
  if (why !== undefined) {
    toast(`${row.name}: ${why}`, { failed: true });
    return;
  }
  if (row.path === "") {
    const all = `All its ${store.rows.size} services stop, in order`;
    const end =
      verb === "stop" ? "This page loses its app; it has to be started where it was started." : "and start again.";
    const question = verb === "stop" ? `Stop ${row.name}?` : `Restart ${row.name}?`;
    const sure = await confirmed(question, verb === "stop" ? `${all}. ${end}` : `${all}, ${end}`, capital(verb));
    if (!sure) return;
  }
  await told({ do: verb, path: row.path }, `${row.path || row.name}: ${done[verb]}`);
}

/**
 * @param {string} path
 * @param {string} activity
 */
export function trigger(path, activity) {
  return told({ do: "trigger", path, activity }, `${path}: ${activity} was called`);
}

/**
 * @param {Command} command
 * @param {string} text said where it went well
 * @returns {Promise<Outcome>}
 */
async function told(command, text) {
  const outcome = await perform(command);
  if (outcome.ok) toast(`${text} (${duration(outcome.ms)})${command.do === "trigger" ? resultOf(outcome.result) : ""}`);
  else toast(outcome.message, { failed: true, code: outcome.code });
  return outcome;
}

/** @param {unknown} result */
function resultOf(result) {
  if (result === undefined || result === null) return "";
  const text = inLine(result);
  return `: ${text.length > mostOfResult ? `${text.slice(0, mostOfResult)}…` : text}`;
}
