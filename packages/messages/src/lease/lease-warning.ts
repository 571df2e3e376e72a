import { NotRunningError, type Service, warn } from "@pawl/kernel";

/** Raises a warning of `service`, as long as that takes work; gives how to clear it. */
export function raiseWarning(service: Service, message: string): () => void {
  try {
    const raised = warn(service, message);
    return () => raised.cancel();
  } catch (error) {
    if (error instanceof NotRunningError) return () => {};
    throw error;
  }
}
