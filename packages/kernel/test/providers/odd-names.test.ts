import { Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";

class Plain extends Service {}

test.each(["constructor", "toJSON", "toString", "valueOf", "hasOwnProperty", "then", "prototype", "cradle"])(
  "B1 a provider may be called %s",
  async (name) => {
    await using app = await testApp({ providers: { [name]: Plain, other: () => ({ x: 1 }) } });
    expect(app.service(name)).toBeInstanceOf(Plain);
  },
);
