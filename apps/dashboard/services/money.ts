const euros = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });

/** `€4.90` for 490 cents. */
export function money(cents: number): string {
  return euros.format(cents / 100);
}
