import { equal } from "node:assert/strict";
import { type Kernel, type KernelConfig, Service } from "@pawl/kernel";
import {
  type MessageContext,
  type MessageSubscription,
  Messages,
  type SubscribeOptions,
  subscribe,
} from "@pawl/messages";
import type { MessageEngine } from "@pawl/messages/extend";
import { becomesWithin } from "../laws/becomes-within.ts";
import { withKernels } from "../laws/with-kernels.ts";

/** A program that has called `consumeForLaw`. */
export interface ConsumerProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A place for messages that is empty, for one law. */
export interface MessageEngineSetup {
  /** One more engine on the same place, as another process has it. */
  engine(): MessageEngine;
  /** How to run a program that has called `consumeForLaw` with such an engine; left out for one that has its process to itself. */
  readonly program?: ConsumerProgram;
  /** Ends the server that keeps the messages; gives how to start it again, with what it kept. Left out where there is none. */
  readonly stopServer?: () => Promise<() => Promise<void>>;
  /** The largest payload, in bytes. @default 5_000_000 */
  readonly largest?: number;
}

/** Something that is so with every engine. */
export interface MessageEngineLaw {
  readonly name: string;
  /** Whether the law can be carried out with this setup: some need a server or a program. */
  appliesTo(setup: MessageEngineSetup): boolean;
  /** In real time; a few seconds at most. @throws AssertionError where it does not hold, as a rejection */
  run(setup: MessageEngineSetup): Promise<void>;
}

/** A message as a handler got it. */
export interface Received extends Omit<MessageContext, "signal" | "group"> {
  readonly payload: unknown;
}

type Handle = (payload: unknown, context: MessageContext) => unknown;

/** Subscribes to one event and keeps what it gets. */
export class Consumer extends Service {
  readonly received: Received[] = [];
  subscription!: MessageSubscription;
  readonly #event: string;
  readonly #options: SubscribeOptions;
  readonly #handle: Handle;

  constructor(event: string, options: SubscribeOptions = {}, handle: Handle = () => {}) {
    super();
    this.#event = event;
    this.#options = { group: "law", lease: "1s", backoff: "50ms", ...options };
    this.#handle = handle;
  }

  override async onStart(): Promise<void> {
    this.subscription = subscribe(
      this,
      this.#event,
      (payload: unknown, context: MessageContext) => {
        const { id, event, time, source, key, attempt } = context;
        this.received.push({ payload, id, event, time, source, key, attempt });
        return this.#handle(payload, context);
      },
      this.#options,
    );
    await this.subscription.joined;
  }

  get payloads(): readonly unknown[] {
    return this.received.map(({ payload }) => payload);
  }
}

/** Does nothing but publish. */
export class Publisher extends Service {}

/** What a law is carried out with. */
export interface LawTools {
  readonly setup: MessageEngineSetup;
  /** Starts a kernel with an engine of its own and this service; it is stopped after the law. */
  start<S extends Service>(service: S, config?: KernelConfig): Promise<Started<S>>;
}

interface Started<S> {
  readonly kernel: Kernel;
  readonly messages: Messages;
  readonly service: S;
  /** The messages of what went to `onError`. */
  readonly errors: readonly string[];
}

export function law(
  name: string,
  carryOut: (tools: LawTools) => Promise<void>,
  appliesTo: (setup: MessageEngineSetup) => boolean = () => true,
): MessageEngineLaw {
  return {
    name,
    appliesTo,
    run: (setup) =>
      withKernels((startKernel) => {
        const start = async <S extends Service>(service: S, config: KernelConfig = {}) => {
          const errors: string[] = [];
          const messages = new Messages({ engine: () => setup.engine() });
          const onError = (error: unknown) => void errors.push(error instanceof Error ? error.message : String(error));
          const kernel = await startKernel({ onError, ...config, providers: { messages, service } });
          return { kernel, messages, service, errors };
        };
        return carryOut({ setup, start });
      }),
  };
}

/** Waits until `read` gives what is expected; at most 12 s. @throws AssertionError */
export const becomes: ReturnType<typeof becomesWithin> = becomesWithin(12_000);

/** Waits until every group has worked off what it had, and checks how many of its messages are dead. @throws AssertionError */
export async function isWorkedOff(messages: Messages, dead = 0): Promise<void> {
  const left = async () => {
    const groups = await messages.groups();
    return groups.reduce((sum, { waiting, running }) => sum + waiting + running, 0);
  };
  await becomes(left, 0);
  const groups = await messages.groups();
  equal(
    groups.reduce((sum, group) => sum + group.dead, 0),
    dead,
  );
}
