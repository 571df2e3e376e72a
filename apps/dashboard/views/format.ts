export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

export function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}

/** `1 h 2 min`, `2 min 3 s`, `3 s`. */
export function duration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
