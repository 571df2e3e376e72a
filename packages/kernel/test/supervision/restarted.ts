import { type Provided, provide, type Service, type SuperviseOptions } from "@pawl/kernel";

/** A provider that is restarted after a crash, always after 100 ms. */
export function restarted<T extends Service>(service: T, options: SuperviseOptions = {}): Provided<T> {
  return provide(service, { restart: "on-failure", backoff: "100ms", ...options }) as unknown as Provided<T>;
}
