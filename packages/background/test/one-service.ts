import { type KernelConfig, Service } from "@pawl/kernel";
import { type TestApp, testApp } from "@pawl/testing";

/** A service that does what the test asks of it. */
export class One extends Service {
  readonly name_ = "one";
}

/** A running service, and the virtual time of now in milliseconds. */
export async function appWithOne(config: KernelConfig = {}): Promise<{ app: TestApp; one: One; now: () => number }> {
  const one = new One();
  const app = (await testApp({ ...config, providers: { one } })) as TestApp;
  return { app, one, now: () => app.clock.now() };
}

/** What a promise came to. */
export function outcome(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}
