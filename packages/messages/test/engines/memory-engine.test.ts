import { MemoryEngine, MemoryStore } from "@pawl/messages/extend";
import { type MessageEngineSetup, messageEngineLaws } from "@pawl/testing/messages";
import { test } from "vitest";

// Kernels of one process share the store.
const newSetup = (): MessageEngineSetup => {
  const store = new MemoryStore();
  return { engine: () => new MemoryEngine(store) };
};

test.concurrent.each(messageEngineLaws.filter((law) => law.appliesTo(newSetup())))(
  "$name",
  { timeout: 20_000 },
  (law) => law.run(newSetup()),
);
