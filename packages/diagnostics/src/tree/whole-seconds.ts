const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

/** A length of time as people want to read an age: in whole seconds, its two largest units. `ms` is in milliseconds. */
export function wholeSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  for (const [i, [unit, length]] of units.entries()) {
    if (seconds < length) continue;
    const [smaller, part] = units[i + 1] ?? ["s", 1];
    const rest = Math.floor((seconds % length) / part);
    return `${Math.floor(seconds / length)}${unit}${rest > 0 ? ` ${rest}${smaller}` : ""}`;
  }
  return `${seconds}s`;
}
