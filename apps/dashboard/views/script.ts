/** What the page does in the browser: refreshes its figures, and orders without leaving. Without it the page still works. */
export const script = /* js */ `
const refresh = async () => {
  const answer = await fetch("/dashboard", { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["live", "orders"]) document.getElementById(id).replaceWith(page.getElementById(id));
};
// While the app is down, the last figures stay.
setInterval(() => document.hidden || refresh().catch(() => {}), 2000);

const form = document.querySelector("form");
const told = form.querySelector("output");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    const body = await answer.json();
    const issues = body.issues ?? [{ field: "order", message: body.detail ?? body.title }];
    told.textContent = answer.ok
      ? "Ordered. A confirmation is on its way."
      : issues.map(({ field, message }) => field + ": " + message).join(", ");
    await refresh();
  } catch {
    told.textContent = "The shop does not answer. Try again later.";
  }
});
`;
