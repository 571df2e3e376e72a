import type { Kernel } from "../kernel.ts";

/**
 * Gives what finds the one thing of its kind that belongs to a kernel: made when it is first asked for, and kept for no
 * longer than the kernel is.
 *
 * @example
 * const deskOf = perKernel((kernel) => new JobDesk(kernel));
 */
export function perKernel<T extends object>(make: (kernel: Kernel) => T): (kernel: Kernel) => T {
  const all = new WeakMap<Kernel, T>();
  return (kernel) => {
    const known = all.get(kernel);
    if (known) return known;
    const made = make(kernel);
    all.set(kernel, made);
    return made;
  };
}
