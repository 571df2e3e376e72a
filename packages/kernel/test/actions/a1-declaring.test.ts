import { Service } from "@pawl/kernel";
import { listActions } from "@pawl/kernel/extend";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const started = async (service: Service) => {
  await using app = await testApp({ providers: { it: service } });
  return listActions(app).map(({ name }) => name);
};
const refused = async (service: Service, message: RegExp) => {
  const app = createTestApp({ providers: { it: service } });
  await expect(app.start()).rejects.toMatchObject({
    cause: { code: "PAWL_BAD_ACTION", message: expect.stringMatching(message) },
  });
};

describe("A1 names of actions", () => {
  it("are those of the fields, unless they are given one", async () => {
    class Named extends Service {
      one = this.action(() => 1);
      two = this.action(() => 2, { name: "zwei" });
      readonly three;
      constructor() {
        super();
        this.three = this.action(() => 3);
      }
    }
    expect(await started(new Named())).toEqual(["one", "zwei", "three"]);
  });

  it("one that no public field holds is known to nobody outside, one that is overridden neither", async () => {
    class Base extends Service {
      #hidden = this.action(() => 0);
      shown = this.action(() => this.#hidden());
    }
    class Derived extends Base {
      override shown = this.action(() => 2);
    }
    expect(await started(new Derived())).toEqual(["shown"]);
  });

  it("two of one name fail the start", async () => {
    class Twice extends Service {
      one = this.action(() => 1);
      two = this.action(() => 2, { name: "one" });
    }
    await refused(new Twice(), /^Twice: two actions are called "one"/);
  });

  it.each(["then", "constructor", "__proto__", "toString"])("%s fails the start", async (name) => {
    class Odd extends Service {}
    const odd = new Odd();
    Object.defineProperty(odd, name, { value: odd.action(() => 1), enumerable: true });
    await refused(odd, /cannot be called/);
  });

  it.each(["", "a b", "a/b", "a.b", "1a", "%2e", 7])("%j is refused at once", (name) => {
    class Odd extends Service {
      one = this.action(() => 1, { name: name as string });
    }
    expect(() => new Odd()).toThrow(expect.objectContaining({ code: "PAWL_BAD_ACTION" }));
  });
});

describe("A1 declaring an action", () => {
  it("refuses what is no schema, what is no function, and bad options, naming the class", () => {
    class Odd extends Service {
      constructor(...args: unknown[]) {
        super();
        (this.action as (...given: unknown[]) => unknown)(...args);
      }
    }
    expect(() => new Odd({}, () => 1)).toThrow("Odd: action(): the first argument must be a Standard Schema");
    expect(() => new Odd()).toThrow(TypeError);
    expect(() => new Odd(z.string())).toThrow("the second argument must be a function");
    expect(() => new Odd(() => 1, "x")).toThrow("its options must be an object");
    expect(() => new Odd(() => 1, { timeout: "soon" })).toThrow('"soon" is no duration');
  });

  it("is refused once the service has started", async () => {
    class Late extends Service {
      one = this.action(() => 1);
      override onStart() {
        this.action(() => 2);
      }
    }
    await refused(new Late(), /^late: action\(\) was called after the service had started|^it: action/);
  });
});
