import type { KernelSnapshot, ServiceSnapshot } from "./inspect.ts";

/** A language of diagrams: Mermaid, or that of Graphviz. */
export type DiagramFormat = "mermaid" | "dot";

interface Node {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: "owns" | "needs";
}

interface Diagram {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** Draws who owns whom, and with dotted arrows who holds whom as a dependency. */
export function describeSnapshot(snapshot: KernelSnapshot, format: DiagramFormat): string {
  return format === "dot" ? asDot(diagramOf(snapshot)) : asMermaid(diagramOf(snapshot));
}

function diagramOf({ name, state, services, values }: KernelSnapshot): Diagram {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const ids = new Map<string, string>();
  const add = (label: string, its: string): string => {
    const id = `n${nodes.length}`;
    nodes.push({ id, name: label, state: its });
    return id;
  };
  const root = add(name, state);
  const show = (service: ServiceSnapshot, owner: string) => {
    const id = add(service.name, service.state);
    ids.set(service.path, id);
    edges.push({ from: owner, to: id, kind: "owns" });
    for (const child of service.children) show(child, id);
  };
  for (const service of services) show(service, root);
  for (const value of values) edges.push({ from: root, to: add(value, "value"), kind: "owns" });
  const link = ({ path, dependencies, children }: ServiceSnapshot) => {
    for (const dependency of dependencies) {
      const to = ids.get(dependency);
      if (to) edges.push({ from: ids.get(path) as string, to, kind: "needs" });
    }
    children.forEach(link);
  };
  services.forEach(link);
  return { nodes, edges };
}

// What has a meaning of its own in a label is written as an entity of its number.
const mermaidText = (text: string) =>
  text.replace(/[^\p{L}\p{N} /_.:-]/gu, (character) => `#${character.codePointAt(0)};`);

function asMermaid({ nodes, edges }: Diagram): string {
  return [
    "flowchart TD",
    ...nodes.map(({ id, name, state }) => `  ${id}["${mermaidText(name)}"]:::${state}`),
    ...edges.map(({ from, to, kind }) => `  ${from} ${kind === "owns" ? "-->" : "-.->|needs|"} ${to}`),
    "  classDef running stroke:#2a7,stroke-width:2px",
    "  classDef starting,stopping stroke:#c80,stroke-width:2px",
    "  classDef failed stroke:#c22,stroke-width:3px",
    "  classDef idle,stopped,value stroke:#999",
    "",
  ].join("\n");
}

const dotColour: Readonly<Record<string, string>> = {
  running: "#22aa77",
  starting: "#cc8800",
  stopping: "#cc8800",
  failed: "#cc2222",
};

const dotText = (text: string) => JSON.stringify(text);

function asDot({ nodes, edges }: Diagram): string {
  return [
    "digraph pawl {",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    ...nodes.map(
      ({ id, name, state }) =>
        `  ${id} [label=${dotText(name)}, tooltip=${dotText(state)}, color="${dotColour[state] ?? "#999999"}"];`,
    ),
    ...edges.map(({ from, to, kind }) =>
      kind === "owns" ? `  ${from} -> ${to};` : `  ${from} -> ${to} [style=dashed, label="needs", constraint=false];`,
    ),
    "}",
    "",
  ].join("\n");
}
