import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How large a program is. */
export interface ProgramSize {
  readonly services: number;
  readonly events: number;
}

/** The top of the repository. */
const repository = fileURLToPath(new URL("../../../..", import.meta.url));

const eventName = (i: number) => `area${i % 25}:event${i}`;

/**
 * Writes a program as a large app has it into `folder`: a file for each service, which declares the events that it
 * emits, needs the service before it, listens, and looks others up; a list of providers that `Services` is taken from;
 * and a main file, in which the last two lines are mistakes that must be found.
 */
export function writeLargeProgram(folder: string, { services, events }: ProgramSize): void {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const emittedBy = (service: number) =>
    Array.from({ length: events }, (_, i) => i).filter((event) => event % services === service);
  for (let i = 0; i < services; i++) {
    write(`service${i}.ts`, serviceFile(i, emittedBy(i), services, events));
  }
  write("providers.ts", providersFile(services));
  write("main.ts", mainFile(services));
  write("package.json", '{ "type": "module" }\n');
  write(
    "tsconfig.json",
    JSON.stringify({
      extends: join(repository, "tsconfig.base.json"),
      compilerOptions: {
        noEmit: true,
        typeRoots: [join(repository, "node_modules/@types")],
        paths: { "@pawl/kernel": [join(repository, "packages/kernel/src/index.ts")] },
      },
      include: ["*.ts"],
    }),
  );
}

function serviceFile(i: number, emitted: readonly number[], services: number, events: number): string {
  const before = i - 1;
  const other = (i * 7 + 3) % services;
  const heard = [1, 2, 3].map((n) => (i * 13 + n * 101) % events);
  const needs =
    i === 0
      ? ""
      : `  readonly #before: Service${before};
  constructor({ service${before} }: { service${before}: Service${before} }) {
    super();
    this.#before = service${before};
  }
`;
  return `import { Service } from "@pawl/kernel";
${i === 0 ? "" : `import type { Service${before} } from "./service${before}.ts";\n`}
declare module "@pawl/kernel" {
  interface Events {
${emitted.map((event) => `    "${eventName(event)}": { readonly id: string; readonly figure${event}: number };`).join("\n")}
  }
}

export class Service${i} extends Service {
  #count = 0;
${needs}
  override onStart() {
    this.interval(this.collect, "60s", { jitter: "5s" });
    this.timeout(this.collect, "5s");
${heard.map((event) => `    this.listen("${eventName(event)}", ({ figure${event} }) => void (this.#count += figure${event}));`).join("\n")}
    this.listen("${eventName(emitted[0] ?? 0)}", this.onOwn);
    this.listen("area${i % 25}:*", this.onAny);
    this.spawn(this.work, "name", ${i});
  }
  collect() {
${emitted.map((event) => `    this.emit("${eventName(event)}", { id: "${event}", figure${event}: this.#count });`).join("\n")}
    return this.service("service${other}").count${other}()${i === 0 ? "" : ` + this.#before.count${before}()`};
  }
  async work(name: string, times: number, { signal }: { readonly signal: AbortSignal }) {
    const { id } = await this.waitFor("${eventName(heard[0] ?? 0)}", { timeout: "5s", where: ({ id }) => id === name });
    return signal.aborted ? id : name.repeat(times);
  }
  onOwn({ id }: { readonly id: string }) {
    this.#count += id.length;
  }
  onAny(payload: unknown, event: string) {
    return [payload, event];
  }
  count${i}(): number {
    return this.#count;
  }
}
`;
}

function providersFile(services: number): string {
  const all = Array.from({ length: services }, (_, i) => i);
  return `import { provide, type ServicesOf } from "@pawl/kernel";
${all.map((i) => `import { Service${i} } from "./service${i}.ts";`).join("\n")}

export const providers = {
${all.map((i) => `  service${i}: ${i % 5 === 1 ? `provide(Service${i}, { stopTimeout: "3s" })` : `Service${i}`},`).join("\n")}
};

declare module "@pawl/kernel" {
  interface Services extends ServicesOf<typeof providers> {}
}
`;
}

function mainFile(services: number): string {
  const last = services - 1;
  return `import { Kernel } from "@pawl/kernel";
import { providers } from "./providers.ts";

const kernel = new Kernel({ providers });
await kernel.start();
export const figure: number = kernel.service("service${last}").count${last}();
kernel.bus.on("${eventName(0)}", ({ figure0 }) => figure0.toFixed());
kernel.bus.emit("${eventName(1)}", { id: "1", figure1: 1 });
kernel.service("service${services}");
kernel.bus.emit("${eventName(0)}", { id: 0, figure0: 1 });
`;
}
