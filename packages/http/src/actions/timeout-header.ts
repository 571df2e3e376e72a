/** How many milliseconds the caller waits: the action's signal is aborted then, and the answer is 504. */
export const timeoutHeader = "Pawl-Timeout-Ms";
