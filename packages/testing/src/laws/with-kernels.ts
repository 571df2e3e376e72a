import { Kernel, type KernelConfig } from "@pawl/kernel";

/** Carries out a law with a function that starts kernels; they are stopped after it, however it ends. */
export async function withKernels(
  carryOut: (start: (config: KernelConfig) => Promise<Kernel>) => Promise<void>,
): Promise<void> {
  const kernels: Kernel[] = [];
  try {
    await carryOut((config) => {
      const kernel = new Kernel(config);
      kernels.push(kernel);
      return kernel.start();
    });
  } finally {
    await Promise.allSettled(kernels.map((kernel) => kernel.stop()));
  }
}
