// What engines are made of, and packages that take work under leases; programs do not need it.

export { AskedFigures } from "../asked-figures.ts";
export type {
  DeadLetterQuery,
  EngineContext,
  EngineDeadLetter,
  EngineMessage,
  GroupFigures,
  GroupSpec,
  LeasedMessage,
  MessageEngine,
} from "../engine.ts";
export { MemoryEngine } from "../engines/memory-engine.ts";
export { MemoryStore } from "../engines/memory-store.ts";
export { SqliteEngine } from "../engines/sqlite-engine.ts";
export { expectMessages } from "../exchange/exchange.ts";
export { countField, type Field, fieldSchema, isText, textField, textsField } from "../field-schema.ts";
export { checkCount } from "../lease/check-count.ts";
export { LastingSource, type OpenedSource } from "../lease/lasting-source.ts";
export type { Leased, LeaseSource } from "../lease/leased.ts";
export {
  LeasedWork,
  type LeasedWorkParts,
  type LeasedWorkSettings,
  type LeasedWorkTold,
} from "../lease/leased-work.ts";
export { SourceRun, type SourceUser } from "../lease/source-run.ts";
// A SQLite database that packages share: `SqliteFile.open({ path: sqlitePath(url), clock, schema })`
export { type SqliteStatement, type SqliteValue, sqlitePath } from "../sqlite/sqlite-connection.ts";
export { SqliteFile, type SqliteFileOptions } from "../sqlite/sqlite-file.ts";
export type { SqliteSchema } from "../sqlite/sqlite-schema.ts";
