import type { Service } from "../service.ts";
import type { ServiceCell } from "./service-cell.ts";

interface Access {
  cellOf(service: Service): ServiceCell;
  isService(value: unknown): value is Service;
}

let access: Access;

/** Called once by the class `Service`, the only one that can look behind its private field. */
export function grantAccess(granted: Access): void {
  access = granted;
}

/** The lifecycle of a service. */
export function cellOf(service: Service): ServiceCell {
  return access.cellOf(service);
}

export function isService(value: unknown): value is Service {
  return access.isService(value);
}
