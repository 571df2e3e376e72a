import { PawlTypeError } from "../errors/pawl-error.ts";
import type { Service } from "../service.ts";
import { checkName, lowerCamelCase } from "./name-set.ts";
import type { ServiceCell } from "./service-cell.ts";

/** The name of a child: its own `name` where a subclass has set one, else its class in lower camel case. */
export function childName(child: Service, cell: ServiceCell): string {
  if (!cell.owner) cell.name = "";
  const own: unknown = child.name;
  const name =
    typeof own === "string" && own !== "" && !cell.owner ? own : lowerCamelCase(child.constructor.name) || "service";
  checkName(name, `adopt(${child.constructor.name})`);
  return name;
}

/** @throws TypeError `PAWL_BAD_OPTION` */
export function notAService(method: string, value: unknown): PawlTypeError {
  return new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${method}(): ${typeof value === "function" ? `the class ${value.name}` : String(value)} is not an instance of Service; give one made with new`,
  );
}
