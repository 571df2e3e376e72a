/** Bytes that the path of a socket may have. */
export const longestSocketPath: number = process.platform === "darwin" ? 103 : 107;
