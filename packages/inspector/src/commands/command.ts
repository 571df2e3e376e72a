import type { Command } from "../protocol.ts";

/** What a body asks for; an explanation where it is no command. */
export function commandOf(body: unknown): Command | { readonly fault: string } {
  if (typeof body !== "object" || body === null) return { fault: "it must be an object such as { do, path }" };
  const given = body as Readonly<Record<string, unknown>>;
  const { path, activity, action, event } = given;
  const isText = (value: unknown, name: string) =>
    typeof value === "string" ? undefined : { fault: `${name} must be a text` };
  switch (given["do"]) {
    case "stop":
    case "restart":
    case "start":
      return isText(path, "path") ?? { do: given["do"], path: path as string };
    case "trigger":
      return (
        isText(path, "path") ??
        isText(activity, "activity") ?? { do: "trigger", path: path as string, activity: activity as string }
      );
    case "call":
      return (
        isText(path, "path") ??
        isText(action, "action") ?? {
          do: "call",
          path: path as string,
          action: action as string,
          input: given["input"],
        }
      );
    case "emit":
      return isText(event, "event") ?? { do: "emit", event: event as string, payload: given["payload"] };
    default:
      return { fault: "do must be one of stop, restart, start, trigger, call, emit" };
  }
}

/** In words, for the log. */
export function commandText(command: Command): string {
  switch (command.do) {
    case "stop":
    case "restart":
    case "start":
      return `${command.do} ${command.path || "the app"}`;
    case "trigger":
      return `trigger ${command.activity} of ${command.path}`;
    case "call":
      return `call ${command.path}.${command.action}`;
    case "emit":
      return `emit "${command.event}"`;
  }
}
