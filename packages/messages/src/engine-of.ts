import type { MessageEngine } from "./engine.ts";
import { MemoryEngine } from "./engines/memory-engine.ts";
import { SqliteEngine } from "./engines/sqlite-engine.ts";
import { MessagesUrlError } from "./errors/message-errors.ts";
import { sqlitePath } from "./sqlite/sqlite-connection.ts";

/** What `@pawl/nats` gives. */
interface NatsPackage {
  natsEngine(url: string): MessageEngine;
}

// Not known to this package: whoever writes such a URL has installed it.
const natsPackage = "@pawl/nats";

/**
 * The engine that goes by a URL: `memory:`, `sqlite:./data/app.db`, `nats://127.0.0.1:4222`.
 *
 * @throws MessagesUrlError, as a rejection
 */
export async function engineOf(url: string): Promise<MessageEngine> {
  const scheme = /^([a-z]+):/.exec(url)?.[1];
  if (scheme === "memory") return new MemoryEngine();
  if (scheme === "sqlite") return new SqliteEngine(sqlitePath(url));
  if (scheme === "nats" || scheme === "tls") return (await importNats(url)).natsEngine(url);
  throw new MessagesUrlError(
    url,
    'goes to no engine; give "memory:", "sqlite:./data/app.db" or "nats://127.0.0.1:4222"',
  );
}

async function importNats(url: string): Promise<NatsPackage> {
  try {
    return (await import(natsPackage)) as NatsPackage;
  } catch (error) {
    throw new MessagesUrlError(url, `needs ${natsPackage}; install that`, error);
  }
}
