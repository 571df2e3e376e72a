import { token } from "../connection/token.ts";

/** The status of an answer, where it did not go well: that of HTTP. */
export const statusHeader = "Pawl-Status";

/** Where an action is called: `pawl.<app>.<service>.<action>`. */
export function actionSubject(app: string, service: string, action: string): string {
  return `pawl.${token(app)}.${token(service)}.${token(action)}`;
}

/** Every action of a service. */
export function serviceSubject(app: string, service: string): string {
  return `pawl.${token(app)}.${token(service)}.*`;
}

/** Where callers say that they wait no longer: every process of the app hears it. */
export function cancelSubject(app: string): string {
  return `pawl.${token(app)}._cancel`;
}

/** Where processes are asked who they are. */
export const pingSubject = "pawl._ping";
