import type { OptionType } from "./option-type.ts";

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/**
 * The value that a text stands for. What cannot be read stays a text: the schema then says what it expected, and the
 * person sees what was written.
 */
export function readValue(text: string, type: OptionType): unknown {
  const choice = type.choices.find((value) => String(value) === text);
  if (choice !== undefined) return choice;
  if (type.items) return readList(text, type);
  // Where a text does as well, `007` is one: as a number it would be another.
  if (type.number && isNumber(text) && (!type.text || String(Number(text)) === text)) return Number(text);
  if (type.boolean) {
    const truth = truths[text.toLowerCase()];
    if (truth !== undefined) return truth;
  }
  return type.json ? parsed(text) : text;
}

/** A list is written as JSON, or with commas; as often as one likes. */
export function readValues(texts: readonly string[], type: OptionType): unknown {
  if (!type.items || texts.length === 1) return readValue(texts.at(-1) ?? "", type);
  return texts.flatMap((text) => readValue(text, type));
}

function readList(text: string, type: OptionType): unknown {
  if (text.trimStart().startsWith("[")) return parsed(text);
  const items = type.items as OptionType;
  if (items.json && text.trimStart().startsWith("{")) return [parsed(text)];
  if (text === "") return [];
  return text.split(",").map((item) => readValue(item.trim(), items));
}

// "" and " " are no numbers, though Number() takes them for 0.
function isNumber(text: string): boolean {
  return text.trim() !== "" && !Number.isNaN(Number(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, refuseProto) as unknown;
  } catch {
    return text;
  }
}

// Schema libraries drop this key without a word.
function refuseProto(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new SyntaxError("__proto__ is no key");
  return value;
}
