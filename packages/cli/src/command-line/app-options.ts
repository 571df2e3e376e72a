import type { Logger } from "@pawl/kernel";
import type { AppLogger } from "../logs/create-logger.ts";
import { type LogSettings, logFormats, logLevels } from "../logs/logger-options.ts";
import { appGroup, type Group } from "./option-group.ts";

/** How an app is to serve. */
export interface HttpFlags {
  readonly port?: number;
  readonly host?: string;
  readonly socket?: string;
}

/** A secret of the app itself, which no flag gives: the arguments of a process can be read by everybody. */
export interface SecretVariable {
  readonly name: string;
  /** What it is for. */
  readonly help: string;
}

/** What a face such as `pawl` adds to the command line. */
export interface Face {
  /** The name by which `--only` chooses what it adds to the providers; undefined where it adds nothing. */
  readonly name?: string | undefined;
  /** How it serves, as code says; undefined where it does not listen. */
  readonly http?: HttpFlags | undefined;
  /** What `configure` looks for in the environment. */
  readonly variables?: readonly SecretVariable[] | undefined;
  /** Takes over what it wants of the environment, `.env` included; called before the start. */
  configure?(variable: (name: string) => string | undefined): void;
  /** Takes over what the command line says of it; called before the start. */
  configureHttp?(settings: HttpFlags): void;
}

const text = { type: "string", minLength: 1 } as const;

/** As JSON Schema, as the options of services are; a default is only shown. */
const http = {
  port: {
    type: "integer",
    minimum: 0,
    maximum: 65_535,
    description: "The port to listen on; 0 takes any free one",
    default: 3000,
    "x-env": ["PORT"],
  },
  host: { ...text, description: "The address to listen on", default: "every address of the machine" },
  socket: { ...text, description: "The path of a Unix socket to listen on" },
};
const log = {
  level: { enum: logLevels, description: "The lowest level that is written", default: "info" },
  format: {
    enum: logFormats,
    description: "Lines for people, or JSON",
    default: "pretty on a terminal, json elsewhere",
  },
  file: { ...text, description: "The file to write to instead of standard error" },
};

/** The options of the app itself: those of its log, as far as its logger can be changed, and of HTTP, where it serves. */
export function appGroups(logger: Logger, face: Face): readonly Group[] {
  const { level } = logger;
  const groups: Group[] = [];
  if (isConfigurable(logger)) groups.push(appGroup("log", "Log", log, { level }));
  else if (level !== undefined) groups.push(appGroup("log", "Log", { level: log.level }, { level }));
  if (face.http) groups.push(appGroup("http", "HTTP", http, face.http));
  return groups;
}

/** Changes the logger. @throws PawlError where the file cannot be opened */
export function configureLogger(logger: Logger, settings: LogSettings): void {
  if (isConfigurable(logger)) logger.configure(settings);
  else if (settings.level !== undefined) logger.level = settings.level;
}

function isConfigurable(logger: Logger): logger is AppLogger {
  return typeof (logger as Partial<AppLogger>).configure === "function";
}
