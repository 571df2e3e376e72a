import { access, constants, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { counter } from "@pawl/metrics";
import { createTransport } from "nodemailer";
import { Service, type Warning, warn } from "pawl";
import { z } from "zod";
import { catalogue } from "./catalogue.ts";
import { money } from "./money.ts";
import type { Order } from "./orders.ts";

const options = z.object({
  from: z.string().default("Pawl shop <shop@example.com>").describe("The sender"),
  outbox: z
    .string()
    .default(fileURLToPath(new URL("../.outbox", import.meta.url)))
    .describe("The folder that messages are written into where there is no mail server"),
  smtpUrl: z
    .url({ protocol: /^smtps?$/, error: "it must be an address such as smtp://user:password@host:587" })
    .optional()
    .describe("The mail server, such as smtp://user:password@host:587"),
});

interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Where messages go. Both reject where it cannot be done. */
interface Way {
  send(message: Message, id: string): Promise<unknown>;
  /** Whether a message could be sent now. */
  check(): Promise<unknown>;
}

/** Confirms orders by e-mail. One that cannot be sent goes to `onError`; the shop goes on. */
export class Email extends Service.with({ options, secret: ["smtpUrl"] }) {
  readonly #sent = counter(this, "mails_sent", { description: "Confirmations that were sent" });
  #way: Way | undefined;
  #warning: Warning | undefined;

  override async onStart(): Promise<void> {
    const { smtpUrl, outbox } = this.options;
    this.#way = smtpUrl === undefined ? await this.#toOutbox(outbox) : this.#toServer(smtpUrl);
    this.listen("order:completed", this.confirm);
  }

  override async onHealth(): Promise<void> {
    await this.#way?.check();
  }

  async confirm(order: Order): Promise<void> {
    const { title } = catalogue[order.product];
    const message = {
      to: order.email,
      subject: `Your order of ${order.quantity} × ${title}`,
      text: `Thank you for your order ${order.id}.\n\n${order.quantity} × ${title}: ${money(order.totalCents)}\n`,
    };
    try {
      await this.#way?.send(message, order.id);
    } catch (error) {
      this.#warning = warn(this, "a confirmation could not be sent");
      throw error;
    }
    this.#warning?.cancel();
    this.#sent.add();
    this.log.info(`order ${order.id}: confirmation sent`);
  }

  #toServer(url: string): Way {
    // Its own limits are minutes, longer than a stop waits.
    const limits = { connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 8000 };
    const transport = createTransport({ url, pool: true, ...limits }, { from: this.options.from });
    this.own(transport, (it) => it.close());
    return { send: (message) => transport.sendMail(message), check: () => transport.verify() };
  }

  async #toOutbox(folder: string): Promise<Way> {
    await mkdir(folder, { recursive: true });
    const transport = createTransport({ streamTransport: true, buffer: true }, { from: this.options.from });
    const send = async (message: Message, id: string) => {
      const sent = await transport.sendMail(message);
      const file = join(folder, `${id}.eml`);
      // Whoever looks into the folder sees whole messages only.
      await writeFile(`${file}.part`, sent.message);
      await rename(`${file}.part`, file);
    };
    return { send, check: () => access(folder, constants.W_OK) };
  }
}
