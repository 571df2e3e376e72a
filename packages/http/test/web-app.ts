import { Kernel, type KernelConfig, type Providers } from "@pawl/kernel";
import { type TestBase, type TestParts, testApp } from "@pawl/testing";
import { type HttpConfig, HttpParts } from "../src/index.ts";

/** A kernel with HTTP, as a face makes one. */
export class WebApp<const P extends Providers = Record<never, never>> extends Kernel<P> {
  readonly http: HttpParts;

  constructor(config: KernelConfig<P> & HttpConfig) {
    const http = new HttpParts(config);
    super(config, http.parts);
    http.serve(this as Kernel);
    this.http = http;
  }

  get url(): URL {
    const url = this.http.server?.url;
    if (!url) throw new Error("it does not listen");
    return url;
  }

  get port(): number {
    return Number(this.url.port);
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.http.fetch(new Request(new URL(path, "http://localhost"), init));
  }

  /** As a browser asks. */
  page(path: string): Promise<Response> {
    return this.fetch(path, { headers: { accept: browser } });
  }
}

/** What a browser accepts of a page. */
export const browser =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8";

/** Made and started on a virtual clock; without a port unless it says so. */
export function webApp<const P extends Providers>(
  config: KernelConfig<P> & HttpConfig,
): Promise<WebApp<P> & TestParts> {
  const make = (base: TestBase) =>
    new WebApp({ http: false, ...config, ...base } as KernelConfig & HttpConfig) as Kernel;
  return testApp(make) as Promise<unknown> as Promise<WebApp<P> & TestParts>;
}

/** On a free port of this machine. */
export const anyPort = { port: 0, host: "127.0.0.1" } as const;
