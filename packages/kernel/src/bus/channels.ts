import { EventEmitter } from "eventemitter3";
import type { Activity } from "../scope.ts";
import { Channel, ListenerList } from "./listener-list.ts";
import type { ListenerRecord } from "./listener-record.ts";

/** How many names are remembered that only patterns match: names may be made up. */
const mostMatched = 512;

/**
 * Who listens to what. Names that have an exact listener are remembered, and the last few hundred that patterns match, so
 * that made-up names cost no memory.
 *
 * A map from names to channels of our own stands in front of eventemitter3, whose `emit` lets a throwing listener
 * silence its siblings and calls listeners already removed: it keeps the names that are listened to.
 */
export class Channels {
  /** Lists that lost listeners during a delivery: they may grow meanwhile, but not shrink. */
  readonly untidy: Set<ListenerList> = new Set();
  /** The channel of each name that has an exact listener. */
  readonly #byName = new Map<string, Channel>();
  /** The listeners of names without one of their own, until other patterns come or go. */
  readonly #byPattern = new Map<string, Channel>();
  readonly #names = new EventEmitter();
  readonly #patterns = new ListenerList();
  readonly #isDelivering: () => boolean;
  // What was found last: most emits come in runs of one name.
  #lastName = "";
  #lastFound: Channel | undefined;

  constructor(isDelivering: () => boolean) {
    this.#isDelivering = isDelivering;
  }

  get names(): readonly string[] {
    return this.#names.eventNames() as string[];
  }

  /** The live listeners that services own, as `shop/metrics: listener of "order:*"`. */
  get serviceListeners(): readonly string[] {
    return this.#live()
      .filter((record) => record.scope)
      .map((record) => `${record.scope?.path}: listener of "${record.label}"`);
  }

  /** Forgets which listeners are plain: their next call shows that anew. */
  makeSpecial(): void {
    for (const record of this.#live()) {
      record.plain = false;
      record.inContext = true;
    }
  }

  /** The live listeners that the kernel itself owns. */
  get kernelListeners(): readonly Activity[] {
    return this.#live()
      .filter((record) => !record.scope)
      .map((record) => record.line ?? record);
  }

  /** The channel of a name; undefined for a name that has no exact listener. */
  find(event: string): Channel | undefined {
    if (event === this.#lastName) return this.#lastFound;
    const channel = this.#byName.get(event);
    if (channel) {
      this.#lastName = event;
      this.#lastFound = channel;
    }
    return channel;
  }

  /** Clears away what was removed during a delivery. */
  tidy(): void {
    for (const list of this.untidy) list.compact();
    this.untidy.clear();
  }

  /** The listeners whose pattern matches, in the order in which they subscribed: as they are now, to be delivered to. */
  matching(event: string): Channel {
    const known = this.#byPattern.get(event);
    if (known) return known;
    const channel = this.#matching(event);
    if (channel.records.length > 0) {
      if (this.#byPattern.size >= mostMatched) this.#byPattern.clear();
      this.#byPattern.set(event, channel);
    }
    return channel;
  }

  #matching(event: string): Channel {
    const channel = new Channel();
    for (const record of this.#patterns.records) if (record.live && record.matches?.(event)) channel.add(record);
    return channel;
  }

  insert(record: ListenerRecord): void {
    if (record.matches) {
      this.#patterns.add(record);
      this.#byPattern.clear();
      for (const [event, channel] of this.#byName) if (record.matches(event)) channel.add(record);
      return;
    }
    let channel = this.#byName.get(record.label);
    if (!channel) {
      channel = this.#matching(record.label);
      this.#byName.set(record.label, channel);
      this.#names.on(record.label, () => {});
    }
    channel.add(record);
    channel.exact++;
  }

  /** Takes note that a record is no longer live. */
  readonly removed = (record: ListenerRecord): void => {
    if (record.matches) {
      this.#removedFrom(this.#patterns);
      this.#byPattern.clear();
      for (const [event, channel] of this.#byName) if (record.matches(event)) this.#removedFrom(channel);
      return;
    }
    const channel = this.#byName.get(record.label);
    if (!channel) return;
    channel.exact--;
    if (channel.exact === 0) {
      this.#byName.delete(record.label);
      this.#names.off(record.label);
      this.#lastName = "";
      this.#lastFound = undefined;
    } else this.#removedFrom(channel);
  };

  #live(): readonly ListenerRecord[] {
    const exact = [...this.#byName.values()].flatMap(({ records }) => records.filter((record) => !record.matches));
    return [...exact, ...this.#patterns.records].filter((record) => record.live);
  }

  #removedFrom(list: ListenerList): void {
    const delivering = this.#isDelivering();
    list.removed(delivering);
    if (delivering) this.untidy.add(list);
  }
}
