import { PawlTypeError, Service } from "@pawl/kernel";
import { addFigures, checkCallback, messageOf } from "@pawl/kernel/extend";

/** What may be exported. */
export type ExportedValue = string | number | boolean;

const exported = new WeakMap<Service, Map<string, () => ExportedValue>>();

/**
 * Shows a value of the service in `inspect()`, as `figures.exported[name]`, and where it is a number in the admin action
 * `counters` (fb303's exported values). It is read whenever somebody looks. The same name again takes the place of the
 * first.
 *
 * @throws TypeError `PAWL_BAD_OPTION`
 * @example
 * exportValue(this, "version", () => this.#version);
 */
export function exportValue(service: Service, name: string, read: () => ExportedValue): void {
  if (!(service instanceof Service)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "exportValue(): the first argument must be the service that owns it, as in exportValue(this, …)",
    );
  }
  if (typeof name !== "string" || name === "") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "exportValue(service, name): the name must be a text that says something",
    );
  }
  checkCallback("exportValue", read, "third");
  const known = exported.get(service);
  if (known) {
    known.set(name, read);
    return;
  }
  const values = new Map([[name, read]]);
  exported.set(service, values);
  addFigures(service, "exported", () => Object.fromEntries([...values].map(([key, get]) => [key, shown(get)])));
}

/** A snapshot goes on where one value cannot be read, and says why. */
function shown(read: () => ExportedValue): unknown {
  try {
    const value: unknown = read();
    // JSON has no NaN and no infinity.
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return typeof value === "number" || typeof value === "boolean" ? value : String(value);
  } catch (error) {
    return `could not be read: ${messageOf(error)}`;
  }
}
