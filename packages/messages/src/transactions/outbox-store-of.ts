import { OutboxUrlError } from "../errors/message-errors.ts";
import { sqlitePath } from "../sqlite/sqlite-connection.ts";
import type { OutboxContext, OutboxStore } from "./outbox-store.ts";
import { PostgresOutbox } from "./postgres-outbox.ts";
import { SqliteOutbox } from "./sqlite-outbox.ts";

/** Opens the database of an outbox, for one of its runs. @throws where it cannot be had, as a rejection */
export type OpenOutboxStore = (context: OutboxContext) => Promise<OutboxStore>;

/**
 * What opens the database that goes by a URL: `sqlite:./data/shop.db`, `postgres://127.0.0.1/shop`.
 *
 * @throws OutboxUrlError, SqliteUrlError
 */
export function outboxStoreOf(url: string): OpenOutboxStore {
  const scheme = /^([a-z]+):/.exec(url)?.[1];
  if (scheme === "sqlite") {
    const path = sqlitePath(url);
    return (context) => SqliteOutbox.open(path, context);
  }
  if (scheme === "postgres" || scheme === "postgresql") return (context) => PostgresOutbox.open(url, context);
  throw new OutboxUrlError(
    url,
    'goes to no database with an outbox; give "sqlite:./data/app.db" or "postgres://127.0.0.1:5432/app"',
  );
}
