import { type Schema, Service } from "@pawl/kernel";

/** What the environment and the command line may say of a service for messages. */
export interface GivenMessagesOptions {
  readonly url?: string;
}

const known = ["memory", "sqlite", "nats", "tls"];

// Standard Schema by hand, and its JSON Schema, which names the option on the command line: no library for one text.
const schema = {
  "~standard": {
    version: 1,
    vendor: "pawl",
    validate(value: unknown) {
      const { url } = (value ?? {}) as { readonly url?: unknown };
      if (url === undefined) return { value: {} };
      const isKnown = typeof url === "string" && known.includes(/^([a-z]+):/.exec(url)?.[1] ?? "");
      if (isKnown) return { value: { url } };
      const message = 'it must be the URL of an engine: "memory:", "sqlite:./data/app.db", "nats://127.0.0.1:4222"';
      return { issues: [{ message, path: ["url"] }] };
    },
    jsonSchema: {
      input: () => ({
        type: "object",
        properties: {
          url: {
            type: "string",
            description: "Where messages are kept: memory:, sqlite:./data/app.db, nats://host:4222",
          },
        },
      }),
    },
  },
};

/** A service with the options of `Messages`. The URL of a server may have a password in it. */
export const ServiceOfMessages: abstract new () => Service & { readonly options: GivenMessagesOptions } = Service.with({
  options: schema as unknown as Schema<GivenMessagesOptions>,
  secret: ["url"],
});
