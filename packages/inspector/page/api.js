/** @import { Command, Detail, Outcome, Timeline } from "../src/protocol.ts" */

/** Where the inspector is served; the page asks for nothing outside of it. */
const base = new URL(".", import.meta.url);

/**
 * @param {string} name
 * @param {Record<string, string>} [query]
 */
export function address(name, query = {}) {
  const url = new URL(name, base);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}

/**
 * @param {URL} url
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function get(url, signal) {
  const answer = await fetch(url, { signal, headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url.pathname}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<Detail>} rejects where there is no such service now
 */
export function getService(path, signal) {
  return get(address("service", { path }), signal);
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Timeline>}
 */
export function getTimeline(signal) {
  return get(address("timeline"), signal);
}

/**
 * Has something done; an answer that cannot be had is an outcome, too.
 *
 * @param {Command} command
 * @returns {Promise<Outcome>}
 */
export async function perform(command) {
  try {
    const answer = await fetch(address("do"), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "x-pawl-inspector": "1" },
      body: JSON.stringify(command),
    });
    const isJson = /[/+]json\b/.test(answer.headers.get("content-type") ?? "");
    const outcome = isJson ? await answer.json() : undefined;
    if (typeof outcome?.ok === "boolean") return outcome;
    const message = outcome?.detail ?? outcome?.title ?? answer.statusText;
    return { ok: false, message: `${answer.status} ${message}` };
  } catch (error) {
    return { ok: false, message: `no answer from the app: ${error instanceof Error ? error.message : error}` };
  }
}
