import { PawlTypeError, type Providers } from "@pawl/kernel";
import { Messages, type MessagesOptions } from "@pawl/messages";
import { withFirst } from "./first-provider.ts";

/** Where an app keeps its messages. */
export interface MessagesConfig {
  /**
   * Where the messages that services publish are kept: a URL, as `"sqlite:./data/app.db"`, or the options of `Messages`. It
   * adds the provider `messages`, which starts before all others; `MESSAGES_URL` and `--messages-url` say otherwise.
   *
   * @default none: they are kept in memory
   */
  readonly messages?: string | MessagesOptions;
}

/** The providers of an app, the one for messages first. @throws TypeError `PAWL_BAD_OPTION` */
export function withMessages({
  messages,
  providers,
}: MessagesConfig & { readonly providers?: Providers | undefined }): Providers | undefined {
  if (messages === undefined) return providers;
  if (typeof messages !== "string" && (typeof messages !== "object" || messages === null)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `App({ messages }): it must be a URL or options, not ${String(messages)}`,
    );
  }
  return withFirst("messages", new Messages(typeof messages === "string" ? { url: messages } : messages), providers);
}
