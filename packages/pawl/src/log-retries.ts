import { formatDuration, type Kernel, type Logger } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/**
 * Writes a line, as a warning, for each try of a message or a job that has failed and is tried again; those that are dead
 * are errors, which have a line anyway. Gives back its undo.
 */
export function logRetries(kernel: Kernel, logger: Logger): () => void {
  return kernel.observe(
    (fact) => {
      if (fact.kind !== "message.retried" && fact.kind !== "job.retried") return;
      const { path, id, attempt, ms, error } = fact;
      const what = fact.kind === "job.retried" ? `job "${fact.name}"` : `message "${fact.event}" for "${fact.group}"`;
      const when = ms > 0 ? `again in ${formatDuration(ms)}` : "again at once";
      logger.child({ service: path }).warn(`${what} (${id}) failed at try ${attempt}, ${when}: ${messageOf(error)}`);
    },
    { kinds: ["message.retried", "job.retried"] },
  );
}
