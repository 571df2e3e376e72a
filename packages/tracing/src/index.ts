// Tracing
export { traceKernel } from "./trace-kernel.ts";
export type { TracingOptions } from "./tracing-options.ts";
export { Tracing } from "./tracing.ts";

// To other processes, and to logs
export { traceFields } from "./trace-fields.ts";
export { traceHeaders } from "./trace-headers.ts";
