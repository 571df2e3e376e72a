/**
 * What a key does in the tree: a move, folding, choosing, a command to the service, or a letter of a name.
 *
 * @typedef {"up" | "down" | "first" | "last" | "page-up" | "page-down" | "in" | "out" | "select" | "unfold-all"} Move
 * @typedef {"stop-or-start" | "restart" | "trigger"} KeyCommand
 */

/** @type {Readonly<Record<string, Move>>} */
const moves = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowRight: "in",
  ArrowLeft: "out",
  Home: "first",
  End: "last",
  PageUp: "page-up",
  PageDown: "page-down",
  Enter: "select",
  " ": "select",
  "*": "unfold-all",
};

/** @type {Readonly<Record<string, KeyCommand>>} */
const commands = { s: "stop-or-start", r: "restart", t: "trigger" };

/** Letters that follow each other within this time are one word. */
const wordMs = 700;

/** Reads keys: which of them are commands, and which the next letters of a name that is looked for. */
export class TreeKeys {
  #word = "";
  #lastAt = Number.NEGATIVE_INFINITY;

  /**
   * A letter of {@link commands} is a command where no word has begun; with Shift it begins a word.
   *
   * @param {KeyboardEvent} event
   * @returns {{ move: Move } | { command: KeyCommand } | { word: string } | undefined}
   */
  read(event) {
    const { key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
    const inWord = event.timeStamp - this.#lastAt < wordMs;
    const move = moves[key];
    if (move && !(inWord && key === " ")) {
      // Who goes elsewhere has ended the word.
      this.#lastAt = Number.NEGATIVE_INFINITY;
      return { move };
    }
    const command = commands[key];
    if (command && !inWord) return { command };
    if (key.length !== 1 || key === "/" || key === "?") return undefined;
    if (!inWord && !/\p{L}/u.test(key)) return undefined;
    this.#lastAt = event.timeStamp;
    this.#word = inWord ? this.#word + key.toLowerCase() : key.toLowerCase();
    return { word: this.#word };
  }
}
