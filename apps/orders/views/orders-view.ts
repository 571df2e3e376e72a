import { html, raw } from "hono/html";
import { catalogue, money } from "../order.ts";
import type { ShopOrder } from "../services/shop.ts";

/** The whole page; the list is fetched anew every second. */
export const ordersView = (orders: readonly ShopOrder[]) => html`
<style>${raw(style)}</style>
<h1>Orders</h1>
<form method="post" action="/orders">
  <label>E-mail <input type="email" name="email" required placeholder="ada@example.com"></label>
  <label>Product <select name="product">${Object.entries(catalogue).map(
    ([name, { title, priceCents }]) => html`<option value="${name}">${title}, ${money(priceCents)}</option>`,
  )}</select></label>
  <label>Quantity <input type="number" name="quantity" min="1" max="99" value="1" required></label>
  <button>Order</button>
</form>
<table id="orders">
  <thead><tr><th>Order</th><th>For</th><th>Total</th><th>State</th></tr></thead>
  <tbody>${orders.length === 0 ? html`<tr><td colspan="4">None yet.</td></tr>` : orders.map(row)}</tbody>
</table>
<script>${raw(script)}</script>`;

const row = ({ email, quantity, product, totalCents, state }: ShopOrder) => html`
<tr><td>${quantity} × ${catalogue[product].title}</td><td>${email}</td><td>${money(totalCents)}</td><td class="${state}">${state}</td></tr>`;

const script = `
const refresh = async () => {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#orders");
    if (fresh) document.querySelector("#orders").replaceWith(fresh);
  } catch {
    // The web process is being restarted: the next time will do.
  }
};
setInterval(refresh, 1000);`;

const style = `
:root { color-scheme: light dark; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-bottom: 1.5rem; }
label { display: grid; font-size: .85rem; }
input, select, button { font: inherit; padding: .3rem .5rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .35rem .5rem .35rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: left; }
.completed { color: light-dark(#2c7a4b, #6cc48d); }`;
