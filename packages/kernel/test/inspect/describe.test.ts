import { Kernel } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

async function shop() {
  const one = given();
  const two = Object.defineProperty(given(), "dependencies", { get: () => [one] });
  return testApp({ name: 'shop"1', providers: { one, two, config: () => 1 } });
}

describe("describe() draws who owns whom and who needs whom", () => {
  it("for Mermaid", async () => {
    await using app = await shop();
    expect(app.describe().split("\n")).toEqual([
      "flowchart TD",
      '  n0["shop#34;1"]:::running',
      '  n1["one"]:::running',
      '  n2["two"]:::running',
      '  n3["config"]:::value',
      "  n0 --> n1",
      "  n0 --> n2",
      "  n0 --> n3",
      "  n2 -.->|needs| n1",
      expect.stringContaining("classDef running"),
      expect.stringContaining("classDef starting,stopping"),
      expect.stringContaining("classDef failed"),
      expect.stringContaining("classDef idle,stopped,value"),
      "",
    ]);
  });

  it("for Graphviz", async () => {
    await using app = await shop();
    expect(app.describe("dot").split("\n")).toEqual([
      "digraph pawl {",
      '  node [shape=box, style=rounded, fontname="sans-serif"];',
      '  n0 [label="shop\\"1", tooltip="running", color="#22aa77"];',
      '  n1 [label="one", tooltip="running", color="#22aa77"];',
      '  n2 [label="two", tooltip="running", color="#22aa77"];',
      '  n3 [label="config", tooltip="value", color="#999999"];',
      "  n0 -> n1;",
      "  n0 -> n2;",
      "  n0 -> n3;",
      '  n2 -> n1 [style=dashed, label="needs", constraint=false];',
      "}",
      "",
    ]);
  });

  it("and in no other language", () => {
    expect(() => new Kernel().describe("svg" as never)).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
  });
});
