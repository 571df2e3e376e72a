import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { Service } from "pawl";
import { catalogue } from "./catalogue.ts";
import { money } from "./money.ts";
import type { Order } from "./orders.ts";

export interface EmailSettings {
  readonly from: string;
  /** The folder that messages are written into where there is no server. */
  readonly outbox: string;
  /** `smtp://user:password@host:587` sends through that server instead. */
  readonly smtpUrl: string | undefined;
}

interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends a message; rejects where it could not. */
type Send = (message: Message, id: string) => Promise<void>;

/** Confirms orders by e-mail. One that cannot be sent goes to `onError`; the shop goes on. */
export class Email extends Service {
  readonly #settings: EmailSettings;
  #send: Send = async () => {};

  constructor(settings: EmailSettings) {
    super();
    this.#settings = settings;
  }

  override async onStart(): Promise<void> {
    const { smtpUrl, outbox } = this.#settings;
    this.#send = smtpUrl === undefined ? await this.#toOutbox(outbox) : this.#toServer(smtpUrl);
    this.listen("order:completed", this.confirm);
  }

  async confirm(order: Order): Promise<void> {
    const { title } = catalogue[order.product];
    await this.#send(
      {
        to: order.email,
        subject: `Your order of ${order.quantity} × ${title}`,
        text: `Thank you for your order ${order.id}.\n\n${order.quantity} × ${title}: ${money(order.totalCents)}\n`,
      },
      order.id,
    );
    this.log.info(`order ${order.id}: confirmation sent`);
  }

  #toServer(url: string): Send {
    // Its own limits are minutes, longer than a stop waits.
    const options = { url, pool: true, connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 8000 } as const;
    const transport = this.own(createTransport(options, { from: this.#settings.from }), (it) => it.close());
    return async (message) => {
      await transport.sendMail(message);
    };
  }

  async #toOutbox(folder: string): Promise<Send> {
    await mkdir(folder, { recursive: true });
    const transport = createTransport({ streamTransport: true, buffer: true }, { from: this.#settings.from });
    return async (message, id) => {
      const sent = await transport.sendMail(message);
      const file = join(folder, `${id}.eml`);
      // Whoever looks into the folder sees whole messages only.
      await writeFile(`${file}.part`, sent.message);
      await rename(`${file}.part`, file);
    };
  }
}
