/** Something thrown, on its way between threads: errors lose their name and code when they are cloned. */
export type CarriedError =
  | {
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly code: string | number | undefined;
      readonly cause: CarriedError | undefined;
    }
  /** What is no error, as far as it can be cloned. */
  | { readonly thrown: unknown };

// Causes of causes; a circle ends somewhere.
const deepest = 8;
const builtIn = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

export function carry(error: unknown, depth = 0): CarriedError {
  if (!(error instanceof Error)) return { thrown: cloneable(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name: String(name),
    message: String(message),
    stack,
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    cause: cause === undefined || depth === deepest ? undefined : carry(cause, depth + 1),
  };
}

/** The error again, of the same built-in class, with the name, code and stack that it had in its thread. */
export function rebuilt(carried: CarriedError): unknown {
  if ("thrown" in carried) return carried.thrown;
  const { name, message, stack, code, cause } = carried;
  const Class = builtIn.find((candidate) => candidate.name === name) ?? Error;
  const error = new Class(message, cause === undefined ? {} : { cause: rebuilt(cause) });
  const property = (value: unknown) => ({ value, configurable: true, writable: true });
  if (error.name !== name) Object.defineProperty(error, "name", property(name));
  if (stack !== undefined) Object.defineProperty(error, "stack", property(stack));
  if (code !== undefined) Object.assign(error, { code });
  return error;
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}
