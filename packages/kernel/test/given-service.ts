import { Service, type StopReason } from "@pawl/kernel";

/** Hooks of a service, called on it. */
export interface GivenHooks {
  readonly onStart?: (this: GivenService) => unknown;
  readonly onReady?: (this: GivenService) => unknown;
  readonly onStop?: (this: GivenService, reason: StopReason) => unknown;
}

/** A service whose hooks are given as functions. */
export class GivenService extends Service {
  readonly #hooks: GivenHooks;

  constructor(hooks: GivenHooks = {}) {
    super();
    this.#hooks = hooks;
  }

  override async onStart(): Promise<void> {
    await this.#hooks.onStart?.call(this);
  }

  override async onReady(): Promise<void> {
    await this.#hooks.onReady?.call(this);
  }

  override async onStop(reason: StopReason): Promise<void> {
    await this.#hooks.onStop?.call(this, reason);
  }
}

export function given(hooks?: GivenHooks): GivenService {
  return new GivenService(hooks);
}
