import type { Context } from "../context.ts";

/**
 * What is wrong with the body, where that is what `error` comes from: a malformed one is the client's fault, the same
 * `SyntaxError` or `TypeError` from anywhere else is the program's.
 */
export async function malformedBody(error: unknown, c: Context): Promise<string | undefined> {
  // Hono keeps what was read, as promises.
  const read = Object.entries(c.req.bodyCache) as readonly [string, unknown][];
  for (const [form, promise] of read) {
    const result = await Promise.resolve(promise).then(
      (value) => ({ value }),
      (reason: unknown) => ({ reason }),
    );
    if ("reason" in result) {
      if (result.reason === error)
        return form === "formData" ? "The body is no valid form." : "The body could not be read.";
    } else if (form === "text" && error instanceof SyntaxError && failsAlike(String(result.value), error)) {
      return "The body is not valid JSON.";
    }
  }
  return undefined;
}

/** Whether parsing `text` fails with that very message: then `c.req.json()` has thrown it. */
function failsAlike(text: string, error: SyntaxError): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (again) {
    return (again as Error).message === error.message;
  }
}
