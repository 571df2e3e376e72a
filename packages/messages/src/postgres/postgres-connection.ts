import { OutboxUrlError } from "../errors/message-errors.ts";
import { PostgresUnavailableError } from "../errors/postgres-errors.ts";

export interface PostgresConnectionOptions {
  /** `postgres://user:password@127.0.0.1:5432/app`, with whatever `pg` understands. */
  readonly url: string;
  /** What the server shows as who is connected. */
  readonly app: string;
  /** Is told of each notification of a channel that it listens to. */
  onNotify(): void;
  /** Is told when the connection has ended, by whichever side. */
  onEnd(error: PostgresUnavailableError): void;
}

/** One connection to Postgres. */
export interface PostgresConnection {
  /** @throws PostgresUnavailableError, as a rejection */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** What is under way is cut off. */
  close(): Promise<void>;
}

/** How long connecting and one statement may take, in milliseconds: a server may be away without a word. */
const connectTimeout = 5_000;
const queryTimeout = 30_000;

// The server lets go of the locks of a machine that is gone within half a minute, rather than two hours.
const keepAlives = `SELECT set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '4', false)`;

/**
 * Connects to Postgres. The only file that knows `pg`, which is loaded with the first connection.
 *
 * @throws OutboxUrlError, PostgresUnavailableError, as a rejection
 */
export async function connectPostgres(options: PostgresConnectionOptions): Promise<PostgresConnection> {
  const { url, app, onNotify, onEnd } = options;
  const where = placeOf(url);
  const { Client } = await importPg(url);
  const unavailable = (error: unknown) => new PostgresUnavailableError(where, error);
  let client: InstanceType<typeof Client>;
  try {
    client = new Client({
      connectionString: url,
      application_name: app,
      connectionTimeoutMillis: connectTimeout,
      query_timeout: queryTimeout,
      keepAlive: true,
    });
  } catch (error) {
    throw unavailable(error);
  }
  client.on("error", (error) => onEnd(unavailable(error)));
  client.on("end", () => onEnd(unavailable(new Error("the connection was closed"))));
  client.on("notification", onNotify);
  const connection: PostgresConnection = {
    async query(sql, values = []) {
      try {
        return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
      } catch (error) {
        throw unavailable(error);
      }
    },
    close: () => client.end(),
  };
  try {
    await client.connect();
    await connection.query(keepAlives);
  } catch (error) {
    await connection.close();
    throw error instanceof PostgresUnavailableError ? error : unavailable(error);
  }
  return connection;
}

async function importPg(url: string): Promise<typeof import("pg")> {
  try {
    return await import("pg");
  } catch (error) {
    throw new OutboxUrlError(url, "needs pg; install that", error);
  }
}

/** `127.0.0.1:5432/app`: without who connects, and without what else may be a secret. */
function placeOf(url: string): string {
  const { host, pathname } = URL.parse(url) ?? { host: "", pathname: "" };
  return `${host}${pathname}`;
}
