import type { KernelCore } from "../kernel-core.ts";
import type { ServiceOptions } from "../options/service-options.ts";
import type { Scope } from "../scope.ts";
import type { NameSet } from "./name-set.ts";
import type { RestartPolicy, SuperviseOptions } from "./restart-policy.ts";
import type { ServiceRun } from "./service-run.ts";
import type { StopReason } from "./state.ts";
import type { Supervisor } from "./supervisor.ts";

/** Who owns services: the run of a service, or that of the kernel. */
export interface Owner {
  readonly core: KernelCore;
  /** The run of a service; undefined for the kernel. */
  readonly run: ServiceRun | undefined;
  readonly scope: Scope;
  readonly names: NameSet;
  /** What becomes of crashes of what it owns. */
  readonly supervisor: Supervisor;
  /** Whether it is neither stopping nor has crashed: only then anything of it is restarted. */
  readonly isUp: boolean;
  crash(error: unknown): void;
}

/** How an owner starts a service. */
export interface StartSpec extends Pick<SuperviseOptions, "startTimeout" | "stopTimeout" | "required"> {
  readonly name: string;
  /** Whether the name is kept for it, as those of providers are; else it may get a number behind it. */
  readonly reserved?: boolean;
  /** Whether the owner holds it as a resource; a dependency is held by its holders instead. */
  readonly held: boolean;
  /** Whether no strategy restarts it with others: the server, which answers for those that are down. */
  readonly apart?: boolean;
  /** Undefined for one that is not restarted. */
  readonly policy?: RestartPolicy | undefined;
  /** Undefined where nobody has said anything: then the defaults of its schema. Null where its class is known to have none. */
  readonly options?: ServiceOptions | undefined | null;
}

/** The path of what `owner` owns by `name`. */
export function pathUnder(owner: Owner, name: string): string {
  return owner.run ? `${owner.run.path}/${name}` : name;
}

/** Why what `owner` owns stops when `owner` stops for `reason`. */
export function reasonUnder(owner: Owner, reason: StopReason): StopReason {
  return owner.run ? reasonBelow(owner.run.path, reason) : reason;
}

/** Why what is owned or held by the service `path` stops when that service stops for `reason`. */
export function reasonBelow(path: string, reason: StopReason): StopReason {
  return reason.kind === "start-failed" ? reason : { kind: "owner", owner: path };
}
