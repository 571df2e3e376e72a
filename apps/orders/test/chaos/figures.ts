import { DatabaseSync } from "node:sqlite";

/** What the database holds of all orders. */
export interface Figures {
  readonly orders: number;
  readonly completed: number;
  /** Messages that the workers have handled. */
  readonly handled: number;
  /** Messages that are still to be published. */
  readonly unpublished: number;
  /** Pieces, by product: ordered, and packed by the workers. */
  readonly ordered: Readonly<Record<string, number>>;
  readonly packed: Readonly<Record<string, number>>;
}

/** Reads them while others write. */
export class FiguresReader implements Disposable {
  readonly #connection: DatabaseSync;

  constructor(file: string) {
    this.#connection = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  }

  get completed(): number {
    return this.#count("orders WHERE state = 'completed'");
  }

  read(): Figures {
    return {
      orders: this.#count("orders"),
      completed: this.completed,
      handled: this.#count("pawl_inbox WHERE consumer = 'packing'"),
      unpublished: this.#count("pawl_outbox"),
      ordered: this.#sums("SELECT product, sum(quantity) AS pieces FROM orders GROUP BY product ORDER BY product"),
      packed: this.#sums("SELECT product, pieces FROM packed ORDER BY product"),
    };
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  #count(from: string): number {
    return Number(this.#connection.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.n);
  }

  #sums(sql: string): Record<string, number> {
    const rows = this.#connection.prepare(sql).all();
    return Object.fromEntries(rows.map(({ product, pieces }) => [String(product), Number(pieces)]));
  }
}
