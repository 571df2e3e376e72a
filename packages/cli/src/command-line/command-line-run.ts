import { type Kernel, OptionsError, PawlError } from "@pawl/kernel";
import { giveOptions, optionSpecs, plannedStart, providerNames, startOnly, validateOptions } from "@pawl/kernel/extend";
import { configureLogger, type Face } from "./app-options.ts";
import { type CommandLine, readCommandLine } from "./command-line.ts";
import { type Mistake, readEnvironment } from "./environment.ts";
import { helpText } from "./help.ts";
import { issueMistake } from "./issue-mistake.ts";
import { withKnownDefaults } from "./known-defaults.ts";
import type { Group } from "./option-group.ts";
import { type Program, pawlVersion, programOf } from "./program.ts";

/** The exit code of a wrong command line or environment. */
const usageError = 2;

/** What a program does by its command line and environment. */
export class CommandLineRun {
  readonly #kernel: Kernel;
  readonly #face: Face;
  readonly #program: Program;
  readonly #names: readonly string[];
  readonly #line: CommandLine;

  constructor(kernel: Kernel, argv: readonly string[], face: Face) {
    const folder = process.cwd();
    this.#kernel = kernel;
    this.#face = face;
    this.#program = programOf(process.argv[1], folder);
    this.#names = [...providerNames(kernel), ...(face.name === undefined ? [] : [face.name])];
    const offer = { specs: optionSpecs(kernel), names: this.#names, logger: kernel.log, face };
    this.#line = readCommandLine(offer, { argv, environment: process.env, folder });
  }

  /** Gives the exit code. */
  async carryOut(): Promise<number> {
    const { action, groups, appGroups } = this.#line;
    switch (action) {
      case "help":
        return this.#say(this.#help(groups, appGroups));
      case "version":
        return this.#say(
          `${this.#program.version ?? this.#kernel.name} (pawl ${pawlVersion()}, node ${process.versions.node})`,
        );
      case "list":
        return this.#say(this.#names.join("\n"));
      case "check":
        return await this.#check();
      case "run":
        if (!(await this.#prepare())) return usageError;
        return await this.#run();
    }
  }

  #help(groups: readonly Group[], appGroups: readonly Group[]): string {
    const known = withKnownDefaults(groups, optionSpecs(this.#kernel));
    const offered = { groups: known, appGroups, variables: this.#face.variables ?? [] };
    return helpText(`${this.#program.call} [options]`, offered, process.stdout);
  }

  #say(text: string): number {
    process.stdout.write(`${text}\n`);
    return 0;
  }

  /** Hands over what the command line says; tells everything that is wrong with it. */
  async #prepare(only = this.#line.only): Promise<boolean> {
    const { given, mistakes } = this.#line;
    giveOptions(this.#kernel, given);
    startOnly(this.#kernel, only);
    const all = [...mistakes, ...this.#configure(), ...(await this.#misfits())];
    if (all.length === 0) {
      for (const warning of this.#line.warnings) this.#kernel.log.warn(warning);
      return true;
    }
    const lines = all.map((mistake) => `  ${mistake}\n`).join("");
    process.stderr.write(`${this.#kernel.name} has not been started:\n${lines}See ${this.#program.call} --help\n`);
    return false;
  }

  /** Runs it; options that nobody could validate before one of the services was needed are a wrong command line as well. */
  async #run(): Promise<number> {
    let isMisfit = false;
    const unobserve = this.#kernel.observe(
      (fact) => {
        if (fact.kind === "kernel.failed" && fact.error instanceof OptionsError) isMisfit = true;
      },
      { kinds: ["kernel.failed"] },
    );
    await this.#kernel.run();
    unobserve();
    return Math.max(isMisfit ? usageError : 0, Number(process.exitCode ?? 0));
  }

  #configure(): readonly Mistake[] {
    const { log, http } = this.#line;
    const isGiven = (settings: object) => Object.keys(settings).length > 0;
    try {
      const { variables } = readEnvironment(process.env, process.cwd());
      this.#face.configure?.((name) => variables.findLast(({ values }) => values[name] !== undefined)?.values[name]);
      if (isGiven(http)) this.#face.configureHttp?.(http);
      if (isGiven(log)) configureLogger(this.#kernel.log, log);
      return [];
    } catch (error) {
      if (PawlError.is(error)) return [error.message];
      throw error;
    }
  }

  async #misfits(): Promise<readonly Mistake[]> {
    try {
      await validateOptions(this.#kernel);
      return [];
    } catch (error) {
      if (error instanceof OptionsError) return error.issues.map((issue) => issueMistake(issue, this.#line.groups));
      throw error;
    }
  }

  /** Validates also what the chosen providers need, as far as that can be known, and says what would start. */
  async #check(): Promise<number> {
    const { only } = this.#line;
    const { names, open } = only ? plannedStart(this.#kernel, only) : { names: this.#names, open: [] };
    const all = this.#names.filter((name) => names.includes(name) || only?.includes(name));
    if (!(await this.#prepare(only && all))) return usageError;
    const more = open.length > 0 ? `, and what else ${open.join(", ")} may need` : "";
    return this.#say(`${this.#kernel.name}: all options fit. It would start ${all.join(", ") || "nothing"}${more}`);
  }
}
