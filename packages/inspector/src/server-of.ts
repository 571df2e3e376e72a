import { HttpServer } from "@pawl/http";
import type { Kernel } from "@pawl/kernel";
import { listServices } from "@pawl/kernel/extend";

/** The server of an app; others may be owned by services. */
export function serverOf(kernel: Kernel): HttpServer | undefined {
  for (const [path, service] of listServices(kernel)) {
    if (service instanceof HttpServer && !path.includes("/")) return service;
  }
  return undefined;
}
