/** What is recorded of the event loop. */
interface LoopFacts {
  /**
   * The event loop was blocked for `ms`; recorded when it goes on. `path` and `label` say by whom: `label` is an activity or
   * a hook, and undefined where it was nobody's code; `path` is the kernel's name then.
   *
   * `stack` has a line for each frame, the innermost first. JavaScript stops at once for it to be taken; native code does
   * when it has returned, and `stackDelayMs` says how long that took.
   */
  "loop.blocked": {
    readonly path: string;
    readonly label: string | undefined;
    readonly ms: number;
    readonly stack: string | undefined;
    readonly stackDelayMs: number | undefined;
  };
}

declare module "@pawl/kernel" {
  interface Facts extends LoopFacts {}
}

export type { LoopFacts };
