import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../errors/command-errors.ts";

/** A process that answers at a NATS server, as `@pawl/nats` has it. */
export interface NatsInstance {
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  readonly state: string;
  readonly since: string;
  readonly url?: string;
}

interface NatsPackage {
  instances(url: string): Promise<readonly NatsInstance[]>;
}

// Not known to this package: whoever asks for it has installed it, in the project where they stand.
const natsPackage = "@pawl/nats";

/** The processes that answer at a NATS server. @throws UsageError where the package is not installed; what that throws */
export async function natsInstances(url: string): Promise<readonly NatsInstance[]> {
  const { instances } = await importNats();
  return instances(url);
}

async function importNats(): Promise<NatsPackage> {
  let file: string;
  try {
    file = createRequire(join(process.cwd(), "package.json")).resolve(natsPackage);
  } catch {
    throw new UsageError(
      `pawl ps --nats: needs ${natsPackage}, which this project does not have: npm install ${natsPackage}`,
    );
  }
  return (await import(pathToFileURL(file).href)) as NatsPackage;
}
