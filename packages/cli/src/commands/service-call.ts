import { callAction, type Target, usualPatience } from "../control/control-client.ts";
import { type CommandOption, type Invocation, textOption } from "./command.ts";

/** For commands that are about one service of an app, which is called `usual` unless it is said. */
export function serviceOption(usual: string): { readonly service: CommandOption } {
  return { service: { type: "string", value: "name", help: `what the service is called that keeps them: ${usual}` } };
}

/** Gives what calls an action of that service. */
export function serviceCall(
  usual: string,
): (target: Target, invocation: Invocation, action: string, input?: unknown) => Promise<unknown> {
  return (target, invocation, action, input) =>
    callAction(target, `${textOption(invocation, "service") ?? usual}.${action}`, input, usualPatience);
}
