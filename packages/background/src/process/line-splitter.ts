import { StringDecoder } from "node:string_decoder";

/** Cuts a stream of UTF-8 into lines, without their ends (`\n` or `\r\n`); what is longer than the limit, into pieces. */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #maxLength: number;
  /** The beginning of a line whose end has not come. */
  #rest = "";

  /** @param maxLength in UTF-16 code units */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The lines that `chunk` ends. */
  *push(chunk: Buffer): Generator<string> {
    yield* this.#split(this.#decoder.write(chunk));
  }

  /** What came after the last line end. */
  *end(): Generator<string> {
    yield* this.#split(this.#decoder.end());
    const last = this.#rest;
    this.#rest = "";
    if (last !== "") yield last;
  }

  *#split(text: string): Generator<string> {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = this.#rest + text.slice(start, end);
      this.#rest = "";
      start = end + 1;
      yield* this.#pieces(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    this.#rest += text.slice(start);
    // One more than fits: a "\r" at the end may belong to a line end that is still to come.
    while (this.#rest.length > this.#maxLength + 1) {
      yield this.#rest.slice(0, this.#maxLength);
      this.#rest = this.#rest.slice(this.#maxLength);
    }
  }

  *#pieces(line: string): Generator<string> {
    let rest = line;
    for (; rest.length > this.#maxLength; rest = rest.slice(this.#maxLength)) yield rest.slice(0, this.#maxLength);
    yield rest;
  }
}
