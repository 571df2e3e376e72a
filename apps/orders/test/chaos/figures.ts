import type { DatabaseReader } from "../database-reader.ts";

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

export function readCompleted(database: DatabaseReader): Promise<number> {
  return database.count("orders WHERE state = 'completed'");
}

export async function readFigures(database: DatabaseReader): Promise<Figures> {
  const sums = async (sql: string) =>
    Object.fromEntries((await database.rows(sql)).map(({ product, pieces }) => [String(product), Number(pieces)]));
  return {
    orders: await database.count("orders"),
    completed: await readCompleted(database),
    handled: await database.count("pawl_inbox WHERE consumer = 'packing'"),
    unpublished: await database.count("pawl_outbox"),
    ordered: await sums("SELECT product, sum(quantity) AS pieces FROM orders GROUP BY product ORDER BY product"),
    packed: await sums("SELECT product, pieces FROM packed ORDER BY product"),
  };
}
