import type { OpenSpan } from "./open-span.ts";

/** The spans of calls that take time, by who calls and what: a stop that abandons a call says no more of it. */
export class OpenSpans {
  readonly #spans = new Map<string, Set<OpenSpan>>();

  /** Holds a span until it has ended; gives back how to let go of it before. */
  hold(path: string, what: string, span: OpenSpan): () => void {
    const key = keyOf(path, what);
    const same = this.#spans.get(key) ?? new Set();
    this.#spans.set(key, same.add(span));
    const letGo = () => {
      same.delete(span);
      if (same.size === 0 && this.#spans.get(key) === same) this.#spans.delete(key);
    };
    span.onEnd(letGo);
    return letGo;
  }

  /** A stop has left behind what is called this: of one owner, all at once. */
  abandon(path: string, what: string, afterMs: number): void {
    for (const span of [...(this.#spans.get(keyOf(path, what)) ?? [])]) span.abandon(afterMs);
  }

  endAll(): void {
    for (const same of [...this.#spans.values()]) for (const span of [...same]) span.end();
  }
}

function keyOf(path: string, what: string): string {
  return `${path}\n${what}`;
}
