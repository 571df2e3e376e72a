import { html, raw } from "hono/html";
import { catalogue, productNames } from "../services/catalogue.ts";
import type { Figures } from "../services/metrics.ts";
import { money } from "../services/money.ts";
import type { Order } from "../services/orders.ts";
import { duration, megabytes, milliseconds, percent } from "./format.ts";
import { script } from "./script.ts";

/** What the dashboard shows. */
export interface DashboardData {
  readonly figures: Figures;
  readonly latestOrders: readonly Order[];
}

/** The whole page; what is in `#live` is fetched anew every two seconds. */
export const dashboardView = ({ figures, latestOrders }: DashboardData) => html`
<h1>Dashboard</h1>
<div id="live">
  <dl class="figures">
    ${figureCards(figures).map(([label, value]) => html`<div class="card"><dt>${label}</dt><dd>${value}</dd></div>`)}
  </dl>
  <div class="card history">
    ${line(figures.cpuHistory)}
    <p>CPU over the last two minutes</p>
  </div>
</div>
<div class="columns">
  <section class="card" id="orders">
    <h2>Latest orders</h2>
    ${latestOrders.length === 0 ? html`<p class="empty">None yet.</p>` : html`<table>${latestOrders.map(row)}</table>`}
  </section>
  <section class="card">
    <h2>New order</h2>
    <form method="post" action="/orders">
      <label>E-mail <input type="email" name="email" required placeholder="ada@example.com"></label>
      <label>Product <select name="product">${productNames.map(
        (name) => html`<option value="${name}">${catalogue[name].title}, ${money(catalogue[name].priceCents)}</option>`,
      )}</select></label>
      <label>Quantity <input type="number" name="quantity" min="1" max="99" value="1" required></label>
      <button>Order</button>
      <output></output>
    </form>
  </section>
</div>
<script>${raw(script)}</script>`;

function figureCards(figures: Figures): [label: string, value: string][] {
  return [
    ["Orders", String(figures.orders)],
    ["Being packed", String(figures.packing)],
    ["Revenue", money(figures.revenueCents)],
    ["CPU", percent(figures.cpuPercent)],
    ["Memory", megabytes(figures.rssBytes)],
    ["Heap", megabytes(figures.heapBytes)],
    ["Event-loop delay (p99)", milliseconds(figures.loopDelayMs)],
    ["Up for", duration(figures.uptimeSeconds)],
  ];
}

const row = ({ id, email, quantity, product, totalCents, state }: Order) => html`
<tr>
  <td><a href="/orders/${id}">${quantity} × ${catalogue[product].title}</a><br><small>${email}</small></td>
  <td>${money(totalCents)}<br><small class="${state}">${state}</small></td>
</tr>`;

/** A line through values from 0 to 100, the last one at the right edge. */
function line(values: readonly number[]) {
  const points = values.map((value, index) => `${60 - values.length + index},${40 - Math.min(100, value) * 0.4}`);
  return html`<svg viewBox="0 0 59 40" preserveAspectRatio="none" role="img" aria-label="CPU over time">
    <polyline points="${points.join(" ")}" fill="none" stroke="currentColor" stroke-width="2" vector-effect="non-scaling-stroke"/>
  </svg>`;
}
