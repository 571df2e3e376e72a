import { z } from "zod";

// The input and the answer of the action that is called in the benchmarks of actions.

export const Query = z.object({
  since: z.string(),
  products: z.array(z.string()),
  limit: z.number().int().default(10),
});

export const query = { since: "2026-01-01", products: ["pawl", "sprag", "ratchet"] };

const stats = { orders: 41, revenue: 1234.5, open: true };

/** What each does with an input that fits. */
export const answer = ({ limit }: z.infer<typeof Query>) => ({ ...stats, limit });
