/** What the listeners are called on. */
export interface Counter {
  total: number;
}

export interface Sample {
  readonly value: number;
}

type Listener = (this: Counter, sample: Sample) => void;

// Ten functions of their own: ten closures of one source share their machine code and would flatter whoever calls them.
export const listeners: readonly Listener[] = [
  function (sample) {
    this.total += sample.value;
  },
  function (sample) {
    this.total += sample.value + 1;
  },
  function (sample) {
    this.total -= sample.value;
  },
  function (sample) {
    this.total = this.total + sample.value - 2;
  },
  function (sample) {
    if (sample.value > 0) this.total++;
  },
  function (sample) {
    this.total = Math.max(this.total, sample.value);
  },
  function ({ value }) {
    this.total += value * 2;
  },
  function (sample) {
    this.total = (this.total + sample.value) & 0xffff;
  },
  function (sample) {
    if (sample.value < 0) this.total--;
  },
  function ({ value }) {
    this.total += value === 1 ? 3 : 4;
  },
];
