// What is so with every engine for messages; `docs/MESSAGES.md` shows how an engine of one's own is tested with it.
import { deliveringLaws } from "./delivering-laws.ts";
import { failingLaws } from "./failing-laws.ts";
import { lifetimeLaws } from "./lifetime-laws.ts";
import type { MessageEngineLaw } from "./message-law.ts";
import { payloadLaws } from "./payload-laws.ts";

export { consumeForLaw } from "./consumer-program.ts";
export type { ConsumerProgram, MessageEngineLaw, MessageEngineSetup } from "./message-law.ts";

/** The laws of engines, for any runner: `test(law.name, () => law.run(setup))`, each with a place of its own. */
export const messageEngineLaws: readonly MessageEngineLaw[] = [
  ...deliveringLaws,
  ...failingLaws,
  ...payloadLaws,
  ...lifetimeLaws,
];
