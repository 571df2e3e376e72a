/** What the shop sells. Prices are in cents. */
export const catalogue = {
  pawl: { title: "Pawl, hardened steel", priceCents: 490 },
  ratchet: { title: "Ratchet wheel, 24 teeth", priceCents: 2400 },
  clutch: { title: "Sprag clutch, 30 mm", priceCents: 8900 },
} as const;

export type ProductName = keyof typeof catalogue;

/** The names as a tuple, as a schema wants them. */
export const productNames = ["pawl", "ratchet", "clutch"] as const satisfies readonly ProductName[];
