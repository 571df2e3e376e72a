/**
 * The facts of a request, as `Facts` has those of the kernel. `path` is the owner path of who answers, `route` its
 * pattern where one matched. `request.ended` comes when the answer is sent in full; `status` is 499 where the client had
 * gone before it got one.
 */
export interface HttpFacts {
  "request.started": { readonly path: string; readonly method: string; readonly url: string; readonly route?: string };
  "request.ended": {
    readonly path: string;
    readonly method: string;
    /** The path that was asked for, without the query. */
    readonly url: string;
    readonly route?: string;
    readonly status: number;
    readonly ms: number;
    readonly error?: unknown;
  };
}

declare module "@pawl/kernel" {
  interface Facts extends HttpFacts {}
}
