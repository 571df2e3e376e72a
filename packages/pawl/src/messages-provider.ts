import type { Providers } from "@pawl/kernel";
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

const added = { name: "messages", make: (options: MessagesOptions) => new Messages(options) };

/** The providers of an app, the one for messages first. @throws TypeError `PAWL_BAD_OPTION` */
export function withMessages({
  messages,
  providers,
}: MessagesConfig & { readonly providers?: Providers | undefined }): Providers | undefined {
  return withFirst(added, messages, providers);
}
