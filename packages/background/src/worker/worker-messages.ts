import type { MessagePort } from "node:worker_threads";
import type { CarriedError } from "./carried-error.ts";

/** The first message to a thread: which module to load, and where to talk. */
export interface Opening {
  readonly url: string;
  readonly port: MessagePort;
}

/** What a thread is told. */
export type ToThread =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: "cancel"; readonly id: number; readonly error: CarriedError };

/** What a thread tells. */
export type FromThread =
  /** The module is loaded; these functions it exports. */
  | { readonly kind: "ready"; readonly names: readonly string[] }
  | { readonly kind: "notLoaded"; readonly error: CarriedError }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: CarriedError };
