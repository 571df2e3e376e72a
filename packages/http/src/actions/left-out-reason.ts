/** The `reason` of a 503 that does not pass: the app was started without what was called, or without what that needs. */
export const leftOutReason = "left-out";
