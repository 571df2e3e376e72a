import { type ExecFileException, execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

const run = promisify(execFile);
const binaries = ["/usr/local/bin", "/usr/bin", ...globSync("/usr/lib/postgresql/*/bin")].find((directory) =>
  existsSync(join(directory, "initdb")),
);

/** Whether there is a Postgres to test with. */
export const hasPostgres: boolean = binaries !== undefined;

export interface PostgresServer {
  /** An empty database, as a URL. */
  database(): Promise<string>;
  /** Has it look at what is in its tables, as it does from time to time. */
  analyze(url: string): Promise<void>;
  /** Cuts all connections, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server of the test's own: its own directory and port, and nothing of it is kept. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), "postgres-"));
  const data = join(directory, "data");
  const isRoot = process.getuid?.() === 0;
  // It refuses to run as root.
  const as = isRoot ? ["runuser", "-u", "postgres", "--"] : [];
  const postgres = async (program: string, ...args: string[]) => {
    const [command = "", ...rest] = [...as, join(binaries ?? "", program), ...args];
    try {
      await run(command, rest, { cwd: directory });
    } catch (error) {
      const { stderr } = error as ExecFileException & { stderr: string };
      throw new Error(`${program}: ${stderr}`, { cause: error });
    }
  };
  if (isRoot) await run("chown", ["postgres", directory]);
  else await chmod(directory, 0o700);
  await postgres(
    "initdb",
    "--pgdata",
    data,
    "--username",
    "test",
    "--auth",
    "trust",
    "--no-sync",
    "--encoding",
    "UTF8",
  );
  const port = await freePort();
  const settings = `-p ${port} -k ${directory} -h 127.0.0.1 -F -c max_connections=400`;
  const start = () =>
    postgres("pg_ctl", "start", "--pgdata", data, "--wait", "--log", join(directory, "log"), "--options", settings);
  const halt = (mode: string) => postgres("pg_ctl", "stop", "--pgdata", data, "--mode", mode, "--wait");
  await start();
  const url = (database: string) => `postgres://test@127.0.0.1:${port}/${database}`;
  let databases = 0;
  return {
    async database() {
      const name = `jobs_${++databases}`;
      const client = new pg.Client(url("postgres"));
      await client.connect();
      // Others may be making theirs from the same template just now.
      for (let tries = 0; ; tries++) {
        try {
          await client.query(`CREATE DATABASE ${name}`);
          break;
        } catch (error) {
          if (tries === 50) throw error;
          await pause(50);
        }
      }
      await client.end();
      return url(name);
    },
    async analyze(url) {
      const client = new pg.Client(url);
      await client.connect();
      await client.query("ANALYZE");
      await client.end();
    },
    async restart() {
      await halt("fast");
      await start();
    },
    async stop() {
      await halt("immediate");
      await rm(directory, { recursive: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
    server.once("error", reject);
  });
}
