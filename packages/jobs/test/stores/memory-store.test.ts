import { MemoryStore } from "@pawl/jobs/extend";
import { jobStoreLaws } from "@pawl/testing/jobs";
import { test } from "vitest";

// Kernels of one process share it.
test.concurrent.each(jobStoreLaws)("$name", ({ run }) => {
  const store = new MemoryStore();
  return run({ store: () => store });
});
