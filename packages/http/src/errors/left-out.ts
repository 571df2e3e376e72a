import { type NotRunningError, PawlError } from "@pawl/kernel";

/** What is said of something that needs what the start was not to take along. */
export const needsLeftOut = "This app was started without something that it needs.";

/** Whether the app was started without what was called, so that nothing is won by asking again. */
export function isLeftOut(error: unknown): boolean {
  return PawlError.is(error) && (error as Partial<NotRunningError>).isLeftOut === true;
}
