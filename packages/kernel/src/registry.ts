/** Events that a library declares: `declare module "@pawl/kernel" { interface Events { "cache:miss": { key: string } } }`. */
export interface Events {}
/** Services that a library declares: `declare module "@pawl/kernel" { interface Services { cache: Cache } }`. */
export interface Services {}

/** Every event of the program: the kernel's `Events` and those that a face such as `pawl` adds. */
export interface EventMap extends Events {}
/** Every service of the program. */
export interface ServiceMap extends Services {}

/** A name that `emit` takes: the declared names, or any string while none is declared. */
export type EventName = [keyof EventMap] extends [never] ? string : keyof EventMap & string;
/** What listeners of `K` receive. */
export type EventPayload<K extends string> = K extends keyof EventMap ? EventMap[K] : unknown;
/** The arguments of `emit` after the name: none is needed where the payload may be undefined. */
export type EventArgs<K extends string> =
  undefined extends EventPayload<K> ? [payload?: EventPayload<K>] : [payload: EventPayload<K>];

/** A name that `service` takes: the declared names, or any string while none is declared. */
export type ServiceName = [keyof ServiceMap] extends [never] ? string : keyof ServiceMap & string;

/** `order:*` matches one segment, `order:**` one or more. */
export type EventPattern = `${string}*${string}`;

// Method parameters compare both ways, so that a listener may say itself what it gets.
type LooseListener<This> = { listener(this: This, payload: unknown, event: string): unknown }["listener"];

/**
 * A listener of `P`: it gets the payload; for a pattern `(payload: unknown, event: string)`. While no event is declared,
 * it may say itself what it gets.
 */
export type Listener<This, P extends string> = string extends EventName
  ? LooseListener<This>
  : P extends EventPattern
    ? (this: This, payload: unknown, event: string) => unknown
    : (this: This, payload: EventPayload<P>) => unknown;

/** What a loop over `events` gets: the payload; for a pattern `[payload: unknown, event: string]`. */
export type EventItem<P extends string> = P extends EventPattern
  ? readonly [payload: unknown, event: string]
  : EventPayload<P>;
