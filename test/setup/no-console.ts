import { afterEach, beforeEach } from "vitest";

// A test that writes to the console fails: nothing in Pawl writes there unasked, and a test that expects output
// says so by spying on it. What is written to process.stdout or process.stderr is left alone.
const methods = ["log", "info", "debug", "warn", "error", "trace", "dir", "table"] as const;
const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  const originals = methods.map((method) => console[method]);
  for (const method of methods) {
    console[method] = (...args: unknown[]) => {
      written.push(`console.${method}(${args.map(String).join(", ")})`);
    };
  }
  return () => {
    for (const [index, method] of methods.entries()) console[method] = originals[index] ?? console[method];
  };
});

afterEach(() => {
  if (written.length > 0) throw new Error(`The test wrote to the console:\n${written.join("\n")}`);
});
