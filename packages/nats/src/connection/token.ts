/** One segment of a subject: any text, and never a wildcard. */
export function token(text: string): string {
  if (text === "") return "%";
  // Control characters, spaces, separators and wildcards.
  return text
    .toWellFormed()
    .replace(/[\0-\x20.*>%\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/g, (c) =>
      encodeURIComponent(c).replace(/^[.*]$/, (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`),
    );
}
