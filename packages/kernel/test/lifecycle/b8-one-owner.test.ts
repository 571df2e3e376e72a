import { Kernel, OwnedError } from "@pawl/kernel";
import { createTestApp, testApp, virtualClock } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, gate, noted } from "./actor.ts";

describe("B8 A service instance has one owner at a time", () => {
  it("a second owner is refused, naming both paths, and nothing of the first is touched", async () => {
    const child = actor({ name: "worker" });
    const one = actor();
    const two = actor();
    await using app = await testApp({ providers: { one, two } });
    await one.adopt(child);
    const error = await errorOf(two.adopt(child));
    expect(error).toBeInstanceOf(OwnedError);
    expect(error).toMatchObject({
      code: "PAWL_OWNED",
      path: "two/worker",
      message: expect.stringMatching(/^two\/worker: this Actor already runs as one\/worker; /),
    });
    expect(app.inspect().services).toMatchObject([
      { path: "one", children: [{ path: "one/worker", state: "running" }] },
      { path: "two", children: [] },
    ]);
  });

  it("the same owner a second time is refused too", async () => {
    const child = actor();
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    await shop.adopt(child);
    await expect(shop.adopt(child)).rejects.toThrow(OwnedError);
  });

  it("a second name in one kernel is refused, naming both", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await using app = createTestApp({ providers: { one: shop, two: shop } });
    const error = await errorOf(app.start());
    expect(error).toBeInstanceOf(OwnedError);
    expect(error.message).toMatch(/^two: this Actor already runs as one; /);
    expect(journal).toEqual(["+shop", "-shop"]);
  });

  it("a service made by two factories is refused the same way", async () => {
    const shop = actor();
    await using app = createTestApp({ providers: { one: () => shop, two: () => shop } });
    expect((await errorOf(app.start())).message).toMatch(/^two: this Actor already runs as one; /);
  });

  it("a provider cannot be adopted, nor an adopted child be provided", async () => {
    const db = actor();
    const shop = actor();
    await using app = await testApp({ providers: { db, shop } });
    expect((await errorOf(shop.adopt(db))).message).toMatch(/^shop\/actor: this Actor already runs as db; /);
    const other = new Kernel({ name: "other", clock: app.clock, providers: { db } });
    expect((await errorOf(other.start())).message).toMatch(/^db: this Actor already runs as db; /);
  });

  it("itself and its ancestors are refused, naming both paths", async () => {
    const grandchild = actor({ name: "helper" });
    const child = actor({ name: "worker" });
    const shop = actor({ name: "shop" });
    await using _app = await testApp({ providers: { shop } });
    await shop.adopt(child);
    await child.adopt(grandchild);
    expect((await errorOf(shop.adopt(shop))).message).toBe(
      "shop/shop: shop cannot own itself or what owns it; adopt another instance",
    );
    expect((await errorOf(grandchild.adopt(shop))).message).toBe(
      "shop/worker/helper/shop: shop cannot own itself or what owns it; adopt another instance",
    );
    expect((await errorOf(grandchild.adopt(child))).message).toMatch(
      /^shop\/worker\/helper\/worker: shop\/worker cannot/,
    );
  });
});

describe("B8 Ownership is taken when the start begins and given back when it has stopped", () => {
  it("taken already while it is starting", async () => {
    const work = gate();
    const child = actor({ onStart: () => work.opened });
    const one = actor();
    const two = actor();
    await using _app = await testApp({ providers: { one, two } });
    const adopted = one.adopt(child);
    await expect(two.adopt(child)).rejects.toThrow(/already runs as one\/actor/);
    work.open();
    await adopted;
  });

  it("kept until its last resource is released", async () => {
    const work = gate();
    const child = actor({
      onStart() {
        this.addCleanup(() => work.opened);
      },
    });
    const one = actor();
    const two = actor();
    await using app = await testApp({ providers: { one, two } });
    await one.adopt(child);
    const stopping = child.stop();
    await app.clock.settle();
    await expect(two.adopt(child)).rejects.toThrow(/already runs as one\/actor/);
    work.open();
    await stopping;
    await two.adopt(child);
    expect(child.path).toBe("two/actor");
  });

  it("given back after a failed start", async () => {
    let broken = true;
    const child: Actor = actor({
      onStart() {
        if (broken) throw new Error("boom");
      },
    });
    const one = actor();
    const two = actor();
    await using _app = await testApp({ providers: { one, two } });
    await errorOf(one.adopt(child));
    broken = false;
    await two.adopt(child);
    expect(child.path).toBe("two/actor");
  });

  it("not taken where the options are wrong", async () => {
    const child = actor();
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    await expect(shop.adopt(child, { startTimeout: "soon" as "1s" })).rejects.toMatchObject({
      name: "TypeError",
      code: "PAWL_BAD_DURATION",
    });
    await shop.adopt(child);
    expect(child.path).toBe("shop/actor");
  });

  it("after a stop another kernel may start it", async () => {
    const clock = virtualClock();
    const shop = actor();
    const one = new Kernel({ name: "one", clock, providers: { shop } });
    const two = new Kernel({ name: "two", clock, providers: { other: shop } });
    await one.start();
    expect(shop.app).toBe(one);
    await one.stop();
    await two.start();
    expect(shop.app).toBe(two);
    expect(shop.path).toBe("other");
    await two.stop();
    await one.start();
    expect(shop.path).toBe("shop");
    await one.stop();
  });

  it("two kernels in one process never meet", async () => {
    const heard: unknown[] = [];
    const clock = virtualClock();
    const make = (name: string) =>
      new Kernel({
        name,
        clock,
        providers: {
          shop: actor({
            onStart() {
              this.listen("paid", () => heard.push(name));
            },
          }),
        },
      });
    const one = make("one");
    const two = make("two");
    await one.start();
    await two.start();
    one.bus.emit("paid");
    expect(heard).toEqual(["one"]);
    await one.stop();
    two.bus.emit("paid");
    expect(heard).toEqual(["one", "two"]);
    await two.stop();
  });
});
