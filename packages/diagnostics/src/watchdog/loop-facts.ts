/** What is recorded of the event loop. */
interface LoopFacts {
  /**
   * The event loop was blocked for `ms`; recorded when it goes on. `path` and `label` say by whom: `label` is an activity or
   * a hook, and undefined where it was nobody's code; `path` is the kernel's name then.
   *
   * `stack` has a line for each frame, the innermost first. It was taken `during` the block, or right `after` it where it
   * was in native code.
   */
  "loop.blocked": {
    readonly path: string;
    readonly label: string | undefined;
    readonly ms: number;
    readonly stack: string | undefined;
    readonly taken: "during" | "after" | undefined;
  };
}

declare module "@pawl/kernel" {
  interface Facts extends LoopFacts {}
}

export type { LoopFacts };
