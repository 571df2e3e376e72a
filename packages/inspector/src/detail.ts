import type { Kernel } from "@pawl/kernel";
import { actionsOf, inspectOne, jsonSchemaOf, listServices, summaryOf, triggersOf } from "@pawl/kernel/extend";
import type { History } from "./history/history.ts";
import { rowOf } from "./live/service-table.ts";
import type { ActionDetail, Detail, Row } from "./protocol.ts";

/** All that is told of one service, without what it owns; undefined where there is none at `path`. @param live as open pages know it */
export function detailOf(kernel: Kernel, path: string, history: History, live: Row | undefined): Detail | undefined {
  const service = listServices(kernel).get(path);
  if (!service) return undefined;
  const errors = live?.errors ?? history.errorCounts().get(path) ?? 0;
  return {
    row: rowOf(summaryOf(service), errors, live?.rate ?? 0),
    snapshot: inspectOne(service, { children: false }),
    actions: actionsOf(service).map(actionOf),
    triggers: [...triggersOf(service).keys()],
    facts: history.linesOf(path),
    errors: history.errorsOf(path),
  };
}

function actionOf({ name, description, admin, schema }: ReturnType<typeof actionsOf>[number]): ActionDetail {
  const jsonSchema = schema && jsonSchemaOf(schema);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    admin,
    ...(jsonSchema === undefined ? {} : { schema: jsonSchema }),
  };
}
