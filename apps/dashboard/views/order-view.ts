import { html } from "hono/html";
import { catalogue } from "../services/catalogue.ts";
import { money } from "../services/money.ts";
import type { Order } from "../services/orders.ts";

/** One order. */
export const orderView = ({ id, email, quantity, product, totalCents, state, createdAt }: Order) => html`
<h1>Order</h1>
<section class="card">
  <p>${quantity} × ${catalogue[product].title}: <strong>${money(totalCents)}</strong></p>
  <p>For ${email}, taken <time datetime="${createdAt}">${new Date(createdAt).toUTCString()}</time></p>
  <p class="${state}">${state === "completed" ? "Completed; the confirmation is on its way." : "Being packed."}</p>
  <p><small>${id}</small></p>
</section>
<p><a href="/dashboard">Back to the dashboard</a></p>`;
