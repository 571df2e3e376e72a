// What is so with every store for jobs; `docs/JOBS.md` shows how a store of one's own is tested with it.
import type { JobStoreLaw } from "./job-law.ts";
import { lifetimeLaws } from "./lifetime-laws.ts";
import { workingLaws } from "./working-laws.ts";

export type { JobStoreLaw, JobStoreSetup, OpenTransaction } from "./job-law.ts";

/** The laws of stores, for any runner: `test(law.name, () => law.run(setup))`, each with a place of its own. */
export const jobStoreLaws: readonly JobStoreLaw[] = [...workingLaws, ...lifetimeLaws];
