import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type JobContext, job } from "@pawl/jobs";
import { subscribe } from "@pawl/messages";
import { createTransport } from "nodemailer";
import { Service } from "pawl";
import { z } from "zod";
import { catalogue, money, type Order } from "../order.ts";

const options = z.object({
  from: z.string().default("Pawl shop <shop@example.com>").describe("The sender"),
  outbox: z
    .string()
    .default(fileURLToPath(new URL("../data/outbox", import.meta.url)))
    .describe("The folder that messages are written into where there is no mail server"),
  smtpUrl: z
    .url({ protocol: /^smtps?$/, error: "it must be an address such as smtp://user:password@host:587" })
    .optional()
    .describe("The mail server, such as smtp://user:password@host:587"),
});

const Mail = z.object({ to: z.email(), subject: z.string(), text: z.string() });
type Mail = z.output<typeof Mail>;

/** Confirms orders by e-mail. A mail server that is away holds nothing up: the job is tried again. */
export class Email extends Service.with({ options, secret: ["smtpUrl"] }) {
  readonly #sendMail = job(this, "email.send", Mail, this.send, { concurrency: 4, timeout: "20s", retries: 10 });
  #deliver!: (mail: Mail, id: string) => Promise<unknown>;

  override async onStart(): Promise<void> {
    const { smtpUrl, outbox } = this.options;
    this.#deliver = smtpUrl === undefined ? await this.#toOutbox(outbox) : this.#toServer(smtpUrl);
    await subscribe(this, "order:completed", this.confirm, { group: "email", concurrency: 8, lease: "5s" }).joined;
  }

  async confirm({ id, email, product, quantity, totalCents }: Order): Promise<void> {
    const { title } = catalogue[product];
    const mail = {
      to: email,
      subject: `Your order of ${quantity} × ${title}`,
      text: `Thank you for your order ${id}.\n\n${quantity} × ${title}: ${money(totalCents)}\n`,
    };
    // There is one job of each id: a message that comes again makes no second one.
    await this.#sendMail.enqueue(mail, { id });
  }

  async send(mail: Mail, { id }: JobContext): Promise<void> {
    await this.#deliver(mail, id);
    this.log.info(`order ${id}: confirmation sent`);
  }

  #toServer(url: string): (mail: Mail, id: string) => Promise<unknown> {
    // Its own limits are minutes, longer than a stop waits.
    const limits = { connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 8000 };
    const transport = createTransport({ url, pool: true, ...limits }, { from: this.options.from });
    this.own(transport, (it) => it.close());
    // No mail server can be asked whether it has sent one: who gets it twice sees by its id that it is the same.
    return (mail, id) => transport.sendMail({ ...mail, messageId: `<${id}@orders.pawl>` });
  }

  async #toOutbox(folder: string): Promise<(mail: Mail, id: string) => Promise<unknown>> {
    await mkdir(folder, { recursive: true });
    const transport = createTransport({ streamTransport: true, buffer: true }, { from: this.options.from });
    return async (mail, id) => {
      const { message } = await transport.sendMail({ ...mail, messageId: `<${id}@orders.pawl>` });
      const file = join(folder, `${id}.eml`);
      // Whoever looks into the folder sees whole messages only.
      await writeFile(`${file}.part`, message);
      await rename(`${file}.part`, file);
    };
  }
}
