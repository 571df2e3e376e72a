import { type HttpConfig, HttpParts, type HttpServer } from "@pawl/http";
import { Kernel, type KernelConfig, type Providers } from "@pawl/kernel";
import { type TestBase, type TestParts, testApp } from "@pawl/testing";

/** A kernel with HTTP, as a face makes one. */
export class WebApp<const P extends Providers = Record<never, never>> extends Kernel<P> {
  readonly #http: HttpParts;

  constructor(config: KernelConfig<P> & HttpConfig) {
    const http = new HttpParts(config);
    super(config, http.parts);
    http.serve(this as Kernel);
    this.#http = http;
  }

  get server(): HttpServer {
    const { server } = this.#http;
    if (!server) throw new Error("it has no server");
    return server;
  }

  /** Of a path, as it is reached by the port. */
  at(path: string): URL {
    if (!this.server.url) throw new Error("it does not listen");
    return new URL(path, this.server.url);
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.#http.fetch(new Request(new URL(path, "http://localhost"), init));
  }
}

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
