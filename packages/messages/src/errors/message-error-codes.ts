/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const messageErrorCodes = {
  PAWL_LEASE_EXHAUSTED: "a piece of work was tried as often as it may be, and the last try never told how it ended",
  PAWL_LEASE_NOT_SETTLED: "what became of a piece of work could not be told to where it is kept",
  PAWL_LEASE_TIMEOUT: "a try of a piece of work took longer than its timeout",
  PAWL_MESSAGES_BAD_URL: "no engine for messages goes by that URL",
  PAWL_MESSAGES_FULL: "a group holds as many messages as it may",
  PAWL_MESSAGES_TAKEN: "a kernel has two services for messages, or one that starts after who uses it",
  PAWL_MESSAGE_BAD_PAYLOAD: "a payload cannot travel to another process, or one that came is not what it should be",
  PAWL_MESSAGE_NOT_PUBLISHED: "the engine has not taken a message",
  PAWL_OUTBOX_BAD_URL: "no database with an outbox goes by that URL",
  PAWL_POSTGRES_UNAVAILABLE: "a Postgres database cannot be reached, or has refused what it was asked for",
  PAWL_SQLITE_BAD_URL: "a URL names no file for a SQLite database",
  PAWL_SQLITE_BUSY: "a SQLite database was locked by another connection for too long",
  PAWL_SQLITE_UNUSABLE: "a file cannot be used as a SQLite database",
} as const;

type MessageErrorCodes = Record<keyof typeof messageErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends MessageErrorCodes {}
}
