import { isDeepStrictEqual, parseArgs } from "node:util";
import { chaos } from "./chaos.ts";

// pnpm chaos --orders 20000 --seed 7 --postgres
const { values } = parseArgs({
  options: { orders: { type: "string" }, seed: { type: "string" }, postgres: { type: "boolean", default: false } },
  allowPositionals: true,
});
const orders = Number(values.orders ?? 20_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const { postgres } = values;
const again = `pnpm chaos --orders ${orders} --seed ${seed}${postgres ? " --postgres" : ""}`;
console.log(`${orders} orders, seed ${seed}: the same faults again with ${again}`);

const { ordered, packed, groups, errors, ...figures } = await chaos({ orders, seed, postgres, tell: console.log });
console.table({ ...figures, seconds: Math.round(figures.seconds) });
console.table(groups);
console.table(errors);

const isLost = figures.completed < orders || figures.orders !== orders || figures.accepted !== orders;
const isTwice = figures.handled !== orders || !isDeepStrictEqual(ordered, packed);
const isLeft = figures.unpublished > 0 || groups.some(({ dead }) => dead > 0);
if (isLost || isTwice || isLeft) {
  console.error("NOT every order was handled exactly once", { isLost, isTwice, isLeft, ordered, packed });
  process.exitCode = 1;
} else {
  console.log(`all ${orders} orders were completed, each packed once; ${figures.redelivered} came again`);
}
