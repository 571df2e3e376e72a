import type { Socket } from "node:net";
import { Probe } from "./probe.ts";
import { scenarios } from "./scenarios.ts";
import type { System } from "./system.ts";

// One scenario with one system in a process of its own: `child.ts <file of the system> <scenario>`. What it sees goes to
// descriptor 3.

const [file = "", name = ""] = process.argv.slice(2);
const scenario = scenarios[name];
if (!scenario) throw new Error(`There is no scenario "${name}"`);
const { system } = (await import(file)) as { system: System };
const probe = new Probe(3);
// Its stdin ends with the program that watches it: it does not outlive that one, whatever it hangs on. It holds nothing.
(process.stdin.once("end", () => process.exit(1)).resume() as Socket).unref();
// As the sockets of a server would hold the process. A server in a scenario has sockets of its own.
const held = setInterval(() => {}, 2 ** 30);
probe.record("loaded");
await scenario.run(system, probe);
clearInterval(held);
probe.record("over");
