/** What is recorded of a child process. */
interface ProcessFacts {
  "process.started": { readonly path: string; readonly label: string; readonly pid: number };
  "process.exited": {
    readonly path: string;
    readonly label: string;
    readonly pid: number;
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly ms: number;
  };
}

declare module "@pawl/kernel" {
  interface Facts extends ProcessFacts {}
}

export type { ProcessFacts };
