/** What the listeners work on. */
export interface Counter {
  total: number;
}

export interface Sample {
  readonly value: number;
}

export type Listener = (sample: Sample) => void;

// Ten functions of their own: ten closures of one source share their machine code and would flatter whoever calls them.
const makers: readonly ((counter: Counter) => Listener)[] = [
  (counter) => (sample) => {
    counter.total += sample.value;
  },
  (counter) => (sample) => {
    counter.total += sample.value + 1;
  },
  (counter) => (sample) => {
    counter.total -= sample.value;
  },
  (counter) => (sample) => {
    counter.total = counter.total + sample.value - 2;
  },
  (counter) => (sample) => {
    if (sample.value > 0) counter.total++;
  },
  (counter) => (sample) => {
    counter.total = Math.max(counter.total, sample.value);
  },
  (counter) =>
    ({ value }) => {
      counter.total += value * 2;
    },
  (counter) => (sample) => {
    counter.total = (counter.total + sample.value) & 0xffff;
  },
  (counter) => (sample) => {
    if (sample.value < 0) counter.total--;
  },
  (counter) =>
    ({ value }) => {
      counter.total += value === 1 ? 3 : 4;
    },
];

/** So many listeners, each a function of its own: ten that differ, again and again. */
export function listenersOf(counter: Counter, count: number): readonly Listener[] {
  return Array.from({ length: count }, (_, i) => (makers[i % makers.length] as (typeof makers)[number])(counter));
}
