/**
 * One start of a kernel and those who asked for it. All outside callers share one promise; inside callers, who would wait
 * for themselves, get one that is resolved already.
 */
export class ToldStart {
  #outside: PromiseWithResolvers<void> | undefined;
  #succeeded = false;

  ask(inside: boolean): Promise<void> {
    if (inside) return Promise.resolve();
    if (!this.#outside) {
      this.#outside = Promise.withResolvers();
      if (this.#succeeded) this.#outside.resolve();
    }
    return this.#outside.promise;
  }

  succeed(): void {
    this.#succeeded = true;
    this.#outside?.resolve();
  }

  /** Tells the outside callers; gives whether there is one. */
  fail(error: unknown): boolean {
    this.#outside?.reject(error);
    return this.#outside !== undefined;
  }
}
