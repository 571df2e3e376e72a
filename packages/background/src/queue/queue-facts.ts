/** The facts of queues and consumers. `path` is the owner path, `label` the name of the queue, `ms` in milliseconds. */
export interface QueueFacts {
  /** A try of an item begins; `attempt` is 1 for the first. */
  "queue.item.started": { readonly path: string; readonly label: string; readonly attempt: number };
  "queue.item.ended": {
    readonly path: string;
    readonly label: string;
    readonly attempt: number;
    readonly ms: number;
    readonly error?: unknown;
  };
  /** The queue was full, and an item was refused or gave way. */
  "queue.dropped": { readonly path: string; readonly label: string; readonly overflow: string };
  /** The queue had to end with this many items not worked off. */
  "queue.left": { readonly path: string; readonly label: string; readonly items: number };
}

declare module "@pawl/kernel" {
  interface Facts extends QueueFacts {}
}
