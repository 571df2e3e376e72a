import { nameOf, serviceClasses } from "../harness/plain-services.ts";

/** Something with so many running services, of which it gives the one in the middle. */
export interface Resolver {
  readonly resolve: () => unknown;
  readonly stop?: () => Promise<unknown>;
}

export interface Request {
  readonly id: number;
}

/** Something with so many services that answers a request by a controller, with the id of the request. */
export interface RequestScopes {
  readonly handle: (request: Request) => number | Promise<number>;
  readonly stop?: () => Promise<unknown>;
}

const middle = (count: number) => nameOf(count >> 1);
const classes = (count: number) => Array.from({ length: count }, () => class Plain {});

/** Every request names this service, which is a singleton. */
class Metrics {
  answer(request: Request): number {
    return request.id;
  }
}

/** A controller of one request. */
class OfRequest {
  readonly #request: Request;
  readonly #metrics: Metrics;

  constructor(request: Request, metrics: Metrics) {
    this.#request = request;
    this.#metrics = metrics;
  }

  answer() {
    return this.#metrics.answer(this.#request);
  }
}

/** A controller that is made for each request and handed it. */
class Handed {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  answer(request: Request) {
    return this.#metrics.answer(request);
  }
}

async function kernelOf(count: number) {
  const { Kernel } = await import("@pawl/kernel");
  const services = await serviceClasses(count, false);
  const providers = Object.fromEntries(services.map((service, i) => [nameOf(i), new service({} as never)]));
  const kernel = new Kernel({ providers: { ...providers, metrics: () => new Metrics() } });
  await kernel.start();
  const first = providers[nameOf(0)] as import("@pawl/kernel").Service;
  return { kernel, first, metrics: () => first.service("metrics" as never) as unknown as Metrics };
}

/** A container of awilix with so many singletons. */
async function awilixOf(count: number) {
  const { asClass, createContainer } = await import("awilix");
  const container = createContainer();
  for (const [i, plain] of classes(count).entries()) container.register(nameOf(i), asClass(plain).singleton());
  return container;
}

async function inversifyOf(count: number) {
  await import("reflect-metadata");
  const { Container } = await import("inversify");
  const container = new Container();
  for (const [i, plain] of classes(count).entries()) container.bind(nameOf(i)).to(plain).inSingletonScope();
  return container;
}

async function tsyringeOf(count: number) {
  await import("reflect-metadata");
  const { container } = await import("tsyringe");
  for (const [i, plain] of classes(count).entries()) container.registerSingleton(nameOf(i), plain);
  return container;
}

/** A module of Nest with so many providers, one of them a controller of its request. */
async function nestOf(count: number) {
  await import("reflect-metadata");
  const { Inject, Injectable, Module, Scope } = await import("@nestjs/common");
  const { ModuleRef, NestFactory, REQUEST } = await import("@nestjs/core");
  const providers = classes(count).map((plain, i) => {
    Injectable()(plain);
    return { provide: nameOf(i), useClass: plain };
  });
  Inject(REQUEST)(OfRequest, undefined, 0);
  Inject(Metrics)(OfRequest, undefined, 1);
  Injectable({ scope: Scope.REQUEST })(OfRequest);
  class Root {}
  Module({ providers: [...providers, Metrics, OfRequest] })(Root);
  const app = await NestFactory.createApplicationContext(Root, { logger: false });
  return { app, moduleRef: app.get(ModuleRef) };
}

/** Looking up what runs. Each peer is imported when it is made, so that no other one is in its process. */
export const resolvers = {
  async "this.service"(count) {
    const { kernel, first } = await kernelOf(count);
    const name = middle(count);
    return { resolve: () => first.service(name as never), stop: () => kernel.stop() };
  },

  async "app.service"(count) {
    const { kernel } = await kernelOf(count);
    const name = middle(count);
    return { resolve: () => kernel.service(name as never), stop: () => kernel.stop() };
  },

  async awilix(count) {
    const container = await awilixOf(count);
    const name = middle(count);
    return { resolve: () => container.resolve(name) };
  },

  async tsyringe(count) {
    const container = await tsyringeOf(count);
    const name = middle(count);
    return { resolve: () => container.resolve(name) };
  },

  async inversify(count) {
    const container = await inversifyOf(count);
    const name = middle(count);
    return { resolve: () => container.get(name) };
  },

  async "Nest, moduleRef.get"(count) {
    const { app, moduleRef } = await nestOf(count);
    const name = middle(count);
    return { resolve: () => moduleRef.get(name), stop: () => app.close() };
  },
} satisfies Record<string, (count: number) => Promise<Resolver>>;

/** What is done for a request. */
export const scopes = {
  async "pawl, one controller"(count) {
    const { kernel, metrics } = await kernelOf(count);
    return { handle: (request) => metrics().answer(request), stop: () => kernel.stop() };
  },

  async "pawl, a new object"(count) {
    const { kernel, metrics } = await kernelOf(count);
    return { handle: (request) => new OfRequest(request, metrics()).answer(), stop: () => kernel.stop() };
  },

  async "awilix, createScope"(count) {
    const { asClass, asFunction, asValue } = await import("awilix");
    const container = await awilixOf(count);
    const controller = ({ request, metrics }: { readonly request: Request; readonly metrics: Metrics }) =>
      new OfRequest(request, metrics);
    container.register({ metrics: asClass(Metrics).singleton(), controller: asFunction(controller).scoped() });
    return {
      handle(request) {
        const scope = container.createScope();
        scope.register("request", asValue(request));
        return scope.resolve<OfRequest>("controller").answer();
      },
    };
  },

  async "tsyringe, createChildContainer"(count) {
    const container = await tsyringeOf(count);
    const { inject, injectable, Lifecycle } = await import("tsyringe");
    inject("request")(OfRequest, undefined, 0);
    inject("metrics")(OfRequest, undefined, 1);
    injectable()(OfRequest as never);
    container.registerSingleton("metrics", Metrics);
    container.register("controller", { useClass: OfRequest as never }, { lifecycle: Lifecycle.ContainerScoped });
    return {
      handle(request) {
        const scope = container.createChildContainer();
        scope.registerInstance("request", request);
        return scope.resolve<OfRequest>("controller").answer();
      },
    };
  },

  async "tsyringe, transient"(count) {
    const container = await tsyringeOf(count);
    const { inject, injectable } = await import("tsyringe");
    inject("metrics")(Handed, undefined, 0);
    injectable()(Handed as never);
    container.registerSingleton("metrics", Metrics);
    container.register("controller", { useClass: Handed as never });
    return { handle: (request) => container.resolve<Handed>("controller").answer(request) };
  },

  async "inversify, a child container"(count) {
    const container = await inversifyOf(count);
    const { Container, inject, injectable } = await import("inversify");
    inject("request")(OfRequest, undefined, 0);
    inject("metrics")(OfRequest, undefined, 1);
    injectable()(OfRequest);
    container.bind("metrics").to(Metrics).inSingletonScope();
    return {
      handle(request) {
        const scope = new Container({ parent: container });
        scope.bind("request").toConstantValue(request);
        scope.bind("controller").to(OfRequest).inSingletonScope();
        return scope.get<OfRequest>("controller").answer();
      },
    };
  },

  async "inversify, transient"(count) {
    const container = await inversifyOf(count);
    const { inject, injectable } = await import("inversify");
    inject("metrics")(Handed, undefined, 0);
    injectable()(Handed);
    container.bind("metrics").to(Metrics).inSingletonScope();
    container.bind("controller").to(Handed);
    return { handle: (request) => container.get<Handed>("controller").answer(request) };
  },

  async "Nest, moduleRef.resolve"(count) {
    const { app, moduleRef } = await nestOf(count);
    const { ContextIdFactory } = await import("@nestjs/core");
    return {
      async handle(request) {
        const contextId = ContextIdFactory.create();
        moduleRef.registerRequestByContextId(request, contextId);
        return (await moduleRef.resolve(OfRequest, contextId)).answer();
      },
      stop: () => app.close(),
    };
  },
} satisfies Record<string, (count: number) => Promise<RequestScopes>>;
