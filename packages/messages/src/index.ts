export type { DeadLetter } from "./dead-letter.ts";
export type { DeadLetterQuery, GroupFigures } from "./engine.ts";
export {
  LeaseExhaustedError,
  LeaseSettleError,
  LeaseTimeoutError,
} from "./errors/lease-errors.ts";
export { messageErrorCodes } from "./errors/message-error-codes.ts";
export {
  MessageNotPublishedError,
  MessagePayloadError,
  MessagesFullError,
  MessagesTakenError,
  MessagesUrlError,
  OutboxUrlError,
} from "./errors/message-errors.ts";
export { PostgresUnavailableError } from "./errors/postgres-errors.ts";
export { SqliteBusyError, SqliteUnusableError, SqliteUrlError } from "./errors/sqlite-errors.ts";
export type { MessageFacts, MessageTry } from "./message-facts.ts";
export { Messages, type MessagesOptions } from "./messages.ts";
export { type PublishArgs, type PublishOptions, publish } from "./publish.ts";
export {
  type MessageContext,
  type MessageHandler,
  type MessageSubscription,
  type SubscribeOptions,
  subscribe,
} from "./subscribe.ts";
export { type Inbox, type InboxMessage, inbox } from "./transactions/inbox.ts";
export { Outbox, type OutboxOptions } from "./transactions/outbox.ts";
export type {
  PostgresTransaction,
  SqlDialect,
  SqliteTransaction,
  SqlTransaction,
  DatabaseTransaction,
} from "./transactions/sql-transaction.ts";
