/** @import { Changes, Rates, Snapshot } from "../src/protocol.ts" */
import { address } from "./api.js";

/**
 * - `connecting`: the first try
 * - `live`: a snapshot came, and changes follow
 * - `reconnecting`: lost; the next try comes after a wait that grows
 * - `refused`: somebody answers, but not with a stream: the token is wanted, or the inspector is no longer there
 * - `stopped`: the app said that it stops; tries go on, since it may come back
 * - `paused`: by the user; nothing is observed
 *
 * @typedef {"connecting" | "live" | "reconnecting" | "refused" | "stopped" | "paused"} ConnectionState
 *
 * @typedef {object} Handlers
 * @property {(snapshot: Snapshot) => void} onSnapshot
 * @property {(changes: Changes) => void} onChanges
 * @property {(rates: Rates) => void} onRates
 * @property {(state: ConnectionState, retryAt: number | undefined) => void} onState `retryAt` as of `Date.now()`
 */

const firstWaitMs = 500;
const longestWaitMs = 8000;

/** The live stream of the app: opened, lost, opened again. */
export class Connection {
  #handlers;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** As of `Date.now()`. */
  #retryAt = 0;
  #waitMs = firstWaitMs;
  #map = false;
  /** @type {ConnectionState} */
  #state = "connecting";

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
    // A laptop that wakes up, or a network that is back: no reason to wait out the rest.
    addEventListener("online", () => this.retry());
  }

  get state() {
    return this.#state;
  }

  /** Whether the stream tells rates as well, which costs the app something: only while the map is looked at. @param {boolean} wanted */
  set map(wanted) {
    if (this.#map === wanted) return;
    this.#map = wanted;
    if (this.#source) this.open();
  }

  open() {
    this.#close();
    const source = new EventSource(address("live", this.#map ? { map: "1" } : {}));
    this.#source = source;
    this.#on("snapshot", (data) => {
      this.#waitMs = firstWaitMs;
      this.#handlers.onSnapshot(data);
      this.#tell("live");
    });
    this.#on("changes", this.#handlers.onChanges);
    this.#on("rates", this.#handlers.onRates);
    source.addEventListener("end", () => this.#lost("stopped"));
    // Its own tries would come at a fixed pace, and end for good at the first answer that is no stream.
    source.addEventListener("error", () => void this.#onError(source.readyState === EventSource.CLOSED));
  }

  pause() {
    this.#close();
    this.#tell("paused");
  }

  /** Tries now what would be tried later. */
  retry() {
    if (this.#timer !== undefined) this.open();
  }

  /**
   * @param {string} name
   * @param {(data: any) => void} fn
   */
  #on(name, fn) {
    this.#source?.addEventListener(name, (event) => fn(JSON.parse(event.data)));
  }

  /** @param {boolean} answered whether there was an answer, that was no stream */
  async #onError(answered) {
    const kept = this.#state === "stopped" || (answered && this.#state === "refused");
    this.#lost(kept ? /** @type {"stopped" | "refused"} */ (this.#state) : "reconnecting");
    if (!answered) return;
    const timer = this.#timer;
    const refused = await isRefused();
    // Something else may have become of it in the meantime.
    if (refused && timer === this.#timer && timer !== undefined) this.#tell("refused", this.#retryAt);
  }

  /** @param {"stopped" | "reconnecting" | "refused"} state */
  #lost(state) {
    this.#close();
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(longestWaitMs, waitMs * 1.6);
    this.#timer = setTimeout(() => this.open(), waitMs);
    this.#retryAt = Date.now() + waitMs;
    this.#tell(state, this.#retryAt);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source?.close();
    this.#source = undefined;
  }

  /**
   * @param {ConnectionState} state
   * @param {number} [retryAt]
   */
  #tell(state, retryAt) {
    this.#state = state;
    this.#handlers.onState(state, retryAt);
  }
}

/** Whether it is no matter of time that there is no stream: an app that starts or stops says 503. */
async function isRefused() {
  const answer = await fetch(address(""), { method: "HEAD" }).catch(() => undefined);
  return answer !== undefined && !answer.ok && answer.status < 500;
}
