import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { virtualClock } from "@pawl/testing";
import { describe, expect, test, vi } from "vitest";
import { type RealWorld, realWorld, StallWatch } from "../../src/stall-watch.ts";

/** Real time and work in the hands of the test. */
class FakeWorld implements RealWorld {
  busy = false;
  waiting: { fn: () => void; at: number } | undefined;
  #now = 0;

  after(fn: () => void, ms: number): () => void {
    const timer = { fn, at: this.#now + ms };
    this.waiting = timer;
    return () => {
      if (this.waiting === timer) this.waiting = undefined;
    };
  }

  isBusy(): boolean {
    return this.busy;
  }

  pass(ms: number): void {
    this.#now += ms;
    for (let timer = this.waiting; timer && timer.at <= this.#now; timer = this.waiting) {
      this.waiting = undefined;
      timer.fn();
    }
  }
}

function watched(): { watch: StallWatch; world: FakeWorld; told: () => number } {
  const world = new FakeWorld();
  let told = 0;
  const watch = new StallWatch(1_000, () => void told++, world);
  return { watch, world, told: () => told };
}

describe("a watch for stalls", () => {
  test("tells once after its span of idle real time, and again only after time has moved", () => {
    const { watch, world, told } = watched();
    watch.begin();
    for (let i = 0; i < 3; i++) world.pass(250);
    expect(told()).toBe(0);
    world.pass(250);
    expect(told()).toBe(1);
    watch.begin();
    for (let i = 0; i < 20; i++) world.pass(250);
    expect(told()).toBe(1);
    watch.end();
    watch.begin();
    for (let i = 0; i < 4; i++) world.pass(250);
    expect(told()).toBe(2);
  });

  test("says nothing while time is advanced now and then", () => {
    const { watch, world, told } = watched();
    watch.begin();
    for (let i = 0; i < 20; i++) {
      for (let look = 0; look < 3; look++) world.pass(250);
      watch.end();
      watch.begin();
    }
    expect(told()).toBe(0);
  });

  test("says nothing when nothing waits any more", () => {
    const { watch, world, told } = watched();
    watch.begin();
    watch.end();
    world.pass(10_000);
    expect(world.waiting).toBeUndefined();
    expect(told()).toBe(0);
  });

  test("says nothing while real work goes on, and counts from its end", () => {
    const { watch, world, told } = watched();
    watch.begin();
    world.busy = true;
    for (let i = 0; i < 40; i++) world.pass(250);
    world.busy = false;
    for (let i = 0; i < 3; i++) world.pass(250);
    expect(told()).toBe(0);
    world.pass(250);
    expect(told()).toBe(1);
  });

  test("is not hurried by a machine that held the process up", () => {
    const { watch, world, told } = watched();
    watch.begin();
    const held = world.waiting;
    world.waiting = undefined;
    // Ten seconds went by and one look was made.
    held?.fn();
    expect(told()).toBe(0);
  });
});

describe("the real world", () => {
  test("is busy while code runs", () => {
    const world = realWorld();
    world.isBusy();
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(world.isBusy()).toBe(true);
  });

  test("is busy while a socket is open, and idle with a timer and a server that listens", async () => {
    const server = createServer((socket) => void socket.on("error", () => {}).resume());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const world = realWorld();
    const idle = async () => {
      // A look at a moment without code running; the machine may be loaded, so it looks until it sees one.
      for (;;) {
        world.isBusy();
        await pause(20);
        if (!world.isBusy()) return true;
      }
    };
    const timer = setTimeout(() => {}, 60_000);
    expect(await idle()).toBe(true);
    clearTimeout(timer);
    const { connect } = await import("node:net");
    const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
    await once(socket, "connect");
    for (let i = 0; i < 5; i++) {
      await pause(5);
      expect(world.isBusy()).toBe(true);
    }
    socket.destroy();
    server.close();
    await once(server, "close");
  });
});

describe("a virtual clock that nobody advances", () => {
  test("warns with the names of those who wait", async () => {
    const warned = new Promise<unknown[]>((resolve) => {
      vi.spyOn(process, "emitWarning").mockImplementation((...args: unknown[]) => resolve(args));
    });
    const clock = virtualClock({ warnAfter: "40ms" });
    const cancel = [
      clock.setTimer(() => {}, 60_000, 'metrics: interval "collect"'),
      clock.setTimer(() => {}, 1_500, 'shop: sleep("1.5s")'),
      clock.setTimer(() => {}, 0, 'mail: timeout "flush"'),
    ];
    // Held open, since the watch itself does not.
    const open = setInterval(() => {}, 1_000);
    const [message, type] = await warned;
    clearInterval(open);
    expect(type).toBe("PawlTestingWarning");
    expect(message).toBe(
      'nobody has advanced the virtual clock for 40ms of real time, and these wait for it: mail: timeout "flush" due now, shop: sleep("1.5s") in 1.5s, metrics: interval "collect" in 1m. If the test waits for one of them, call clock.advance(); virtual time passes only there',
    );
    for (const undo of cancel) undo();
  });

  test("names five at most", async () => {
    const warned = new Promise<unknown>((resolve) => {
      vi.spyOn(process, "emitWarning").mockImplementation((message) => resolve(message));
    });
    const clock = virtualClock({ warnAfter: "40ms" });
    const cancel = Array.from({ length: 7 }, (_, i) => clock.setTimer(() => {}, 1_000 + i, `timer ${i}`));
    const open = setInterval(() => {}, 1_000);
    expect(await warned).toContain("timer 4 in 1s, 2 more. If");
    clearInterval(open);
    for (const undo of cancel) undo();
  });

  test("keeps quiet while the test advances it now and then, or only settles it", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    const clock = virtualClock({ warnAfter: "80ms" });
    const cancel = clock.setTimer(() => {}, 60_000);
    // Each pause is shorter than the second of the four looks, whatever the machine does: both are due in one wakeup.
    for (let i = 0; i < 10; i++) {
      await pause(20);
      await (i % 2 === 0 ? clock.advance("1s") : clock.settle());
    }
    expect(warn).not.toHaveBeenCalled();
    cancel();
  });

  test("keeps quiet where that is asked for", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    const clock = virtualClock({ warnAfter: false });
    const cancel = clock.setTimer(() => {}, 1_000);
    await pause(50);
    expect(warn).not.toHaveBeenCalled();
    cancel();
  });
});
