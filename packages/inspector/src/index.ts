export { inspector } from "./inspector.ts";
export type { InspectorOptions } from "./inspector-options.ts";
// What the page and its server say to each other
export type {
  ActionDetail,
  AppInfo,
  Bar,
  Changes,
  Command,
  Detail,
  ErrorLine,
  EventRate,
  EventSource,
  EventTarget,
  FactLine,
  Outcome,
  Rates,
  Row,
  Run,
  Snapshot,
  Timeline,
} from "./protocol.ts";
