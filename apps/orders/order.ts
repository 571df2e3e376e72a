import { z } from "zod";

/** What the shop sells. Prices are in cents. */
export const catalogue = {
  pawl: { title: "Pawl, hardened steel", priceCents: 490 },
  ratchet: { title: "Ratchet wheel, 24 teeth", priceCents: 2400 },
  clutch: { title: "Sprag clutch, 30 mm", priceCents: 8900 },
} as const;

const productNames = ["pawl", "ratchet", "clutch"] as const satisfies readonly (keyof typeof catalogue)[];

/** What a customer sends, as JSON or as a form. */
export const NewOrder = z.object({
  email: z.email("an e-mail address is needed for the confirmation"),
  product: z.enum(productNames, `one of ${productNames.join(", ")}`),
  quantity: z.coerce.number("a number").int("a whole number").min(1, "at least 1").max(99, "at most 99").default(1),
});
export type NewOrder = z.output<typeof NewOrder>;

/** An order as it goes from process to process. */
export const Order = NewOrder.extend({ id: z.uuid(), totalCents: z.int(), placedAt: z.iso.datetime() });
export type Order = z.output<typeof Order>;

/** Checked where they are published, and again where they come in: the other process may be of another version. */
export const events = { "order:placed": Order, "order:completed": Order };

export function money(cents: number): string {
  return `€ ${(cents / 100).toFixed(2)}`;
}
