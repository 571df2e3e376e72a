import type { KernelSnapshot } from "@pawl/kernel";

/** A snapshot without the service that administers the app: it is not of the program. */
export function withoutAdmin(snapshot: KernelSnapshot): KernelSnapshot {
  return { ...snapshot, services: snapshot.services.filter(({ name }) => name !== "pawl") };
}
