import { Service } from "@pawl/kernel";

/** A service without work of its own, for what a test gives it to do. */
export class GivenService extends Service {
  readonly #onStart: ((this: GivenService) => unknown) | undefined;

  constructor(onStart?: (this: GivenService) => unknown) {
    super();
    this.#onStart = onStart;
  }

  override async onStart(): Promise<void> {
    await this.#onStart?.call(this);
  }
}

export function given(onStart?: (this: GivenService) => unknown): GivenService {
  return new GivenService(onStart);
}
