/**
 * One piece of work that was taken under a lease: nobody else gets it until it is settled or the lease has run out. It is
 * settled once, by one of `done`, `retry`, `dead` and `release`; each rejects where the engine does not take that, and
 * then the piece comes again when its lease has run out.
 */
export interface Leased {
  /** What it is called in facts and errors. */
  readonly id: string;
  /** Which try it is: 1 for the first. One whose process died counts. */
  readonly attempt: number;
  /** It was worked off. */
  done(): Promise<void> | void;
  /** It failed, and is to be tried again after `ms` milliseconds at the earliest. */
  retry(ms: number, error: unknown): Promise<void> | void;
  /** It failed for good. */
  dead(error: unknown): Promise<void> | void;
  /** It was not worked off, through no fault of its own: anybody may have it at once. Where it can, the engine counts no try. */
  release(): Promise<void> | void;
  /** Begins the lease anew. Gives false where it is lost, or the piece is wanted no more: its work is to be given up. */
  extend(): Promise<boolean> | boolean;
}

/** Where pieces of work come from. It is asked by one caller at a time. */
export interface LeaseSource<Item extends Leased> {
  /** How long a lease is, in milliseconds. */
  readonly leaseMs: number;
  /** Whether what it takes from is known to be away: that a `take` waits then says nothing of it. @default false */
  readonly isDown?: boolean;
  /**
   * Up to `max` pieces, as soon as there is one; none at all only when `signal` is aborted. It may have taken more ahead
   * of that, which `close` gives back.
   *
   * @throws what the engine says where it cannot be reached; it is then asked again, after a while
   */
  take(max: number, signal: AbortSignal): Promise<readonly Item[]>;
  /** Takes no more, and gives back what was taken ahead. Pieces given out can still be settled. */
  close(): Promise<void>;
}
