/** The events of these tests: an augmentation reaches every file of the program that it stands in. */
declare module "@pawl/kernel" {
  interface Events {
    "order:paid": { readonly id: string; readonly total: number };
    "metrics:updated": { readonly collected: number };
    paid: { readonly id: number };
    refunded: { readonly id: number };
    heard: undefined;
    inner: number;
    outer: undefined;
    unheard: undefined;
  }
}

export {};
