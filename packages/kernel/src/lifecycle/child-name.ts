import { PawlTypeError } from "../errors/pawl-error.ts";
import type { Service } from "../service.ts";
import { cellOf } from "./cell-of.ts";
import { checkName, lowerCamelCase } from "./name-set.ts";

/** The name of a child: its own `name` where a subclass has set one, else its class in lower camel case. */
export function childName(child: Service): string {
  const name = ownName(child) || lowerCamelCase(child.constructor.name) || "service";
  checkName(name, `adopt(${child.constructor.name})`);
  return name;
}

function ownName(child: Service): string {
  const cell = cellOf(child);
  const last = cell.name;
  // A service that sets no name has the one of its last run, which is not to be taken for one that it has set.
  cell.name = "";
  const own: unknown = child.name;
  cell.name = last;
  return typeof own === "string" ? own : "";
}

/** @throws TypeError `PAWL_BAD_OPTION` */
export function notAService(method: string, value: unknown): PawlTypeError {
  return new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${method}(): ${typeof value === "function" ? `the class ${value.name}` : String(value)} is not an instance of Service; give one made with new`,
  );
}
