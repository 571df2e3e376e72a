import { expect, test } from "vitest";
import { Workplace } from "./pawl.ts";

const shop = `
import { App, publish, Service, subscribe } from "pawl";
let isBroken = true;
class Billing extends Service {
  mend = this.action(() => { isBroken = false; });
  override onStart() {
    subscribe(this, "order:placed", () => { if (isBroken) throw new Error("no ink"); }, { group: "billing", retries: 0, onError: () => {} });
  }
  override async onReady() {
    for (const id of ["one", "two", "three"]) await publish(this, "order:placed", { id }, { id });
    await publish(this, "order:placed", new Uint8Array([1, 2]), { id: "bytes" });
  }
}
export default new App({ name: "shop", messages: "memory:", providers: { billing: new Billing() } });
`;

test("pawl messages shows groups and dead letters, delivers these again, and drops them", {
  timeout: 60_000,
}, async () => {
  using place = new Workplace();
  await using app = place.start(["run", place.write("main.ts", shop), "--log-format", "json"]);
  await app.errorLine(/"msg":"\S+ started in/);
  const pawl = (...args: string[]) => place.run("messages", "shop", ...args);
  await expect
    .poll(async () => JSON.parse((await pawl("--json")).stdout), { timeout: 15_000 })
    .toEqual([{ group: "billing", event: "order:placed", waiting: 0, running: 0, dead: 4 }]);
  expect((await pawl()).stdout.split("\n")).toEqual([
    expect.stringMatching(/^GROUP +EVENT +WAITING +RUNNING +DEAD$/),
    expect.stringMatching(/^billing +order:placed +0 +0 +4$/),
    "",
  ]);
  const [heading, first] = (await pawl("--dead", "--group", "billing")).stdout.split("\n");
  expect(heading).toMatch(/^ID +EVENT +GROUP +TRIES +DEAD SINCE +ERROR$/);
  expect(first).toMatch(/^one +order:placed +billing +1 +\d{4}-\S+Z +no ink$/);
  const letters = JSON.parse((await pawl("--dead", "--json", "--event", "order:*")).stdout) as object[];
  expect(letters.at(-1)).toMatchObject({ id: "bytes", payload: { base64: "AQI=" } });
  expect(await pawl("discard")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/takes ids, --group, --event or --all/),
  });
  expect(await pawl("bury")).toMatchObject({ code: 2, stderr: expect.stringMatching(/neither redrive nor discard/) });
  expect(await pawl("discard", "one", "unknown")).toMatchObject({ code: 1, stderr: "1 dead letter is dropped\n" });
  await place.run("call", "shop", "billing.mend");
  expect(await pawl("redrive", "--group", "billing")).toMatchObject({
    code: 0,
    stderr: "3 dead letters are delivered again\n",
  });
  expect(await pawl("discard", "--all", "--json")).toMatchObject({ code: 0, stdout: "0\n" });
  expect(await pawl("--dead")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringMatching(/^shop .*has no dead letters there/),
  });
  app.signal("SIGTERM");
  await app.ended;
});
