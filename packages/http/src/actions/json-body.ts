import { BadCall } from "./bad-call.ts";

/** No honest input is nested deeper, and what walks through one recursively would run out of stack. */
const deepest = 128;

/**
 * Parses the body of a call.
 *
 * @throws BadCall 400 for what is no JSON, is nested too deep, or has keys by which prototypes are polluted
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadCall(400, "The body is not valid JSON.");
  }
  // A shorter text cannot be nested that deep.
  if (text.length > 2 * deepest && isTooDeep(text)) {
    throw new BadCall(400, `The body is nested deeper than ${deepest} levels.`);
  }
  if (suspect.test(text) && pollutes(value)) {
    throw new BadCall(
      400,
      'The body has a key that no input may have: "__proto__", or "constructor" with a "prototype".',
    );
  }
  return value;
}

// Either key may be written with escapes: then it is looked for as well.
const suspect = /__proto__|constructor|\\u00/;

/** Whether copying it key by key could change the prototype of anything. */
function pollutes(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Object.hasOwn(value, "__proto__")) return true;
  if (Object.hasOwn(value, "constructor")) {
    const made = (value as { readonly constructor: unknown }).constructor;
    if (typeof made === "object" && made !== null && Object.hasOwn(made, "prototype")) return true;
  }
  return Object.values(value).some(pollutes);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (inString) {
      if (letter === "\\") i++;
      else if (letter === '"') inString = false;
    } else if (letter === '"') inString = true;
    else if (letter === "[" || letter === "{") {
      depth++;
      if (depth > deepest) return true;
    } else if (letter === "]" || letter === "}") depth--;
  }
  return false;
}
