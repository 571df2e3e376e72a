/** What a unit is made of. */
export interface UnitSpec {
  /** Of the app: part of file names. */
  readonly name: string;
  /** The program and its arguments, all with full paths. */
  readonly command: readonly string[];
  readonly directory: string;
  /** How long the app may take to stop, in milliseconds. */
  readonly shutdownTimeoutMs: number;
  /** Who runs it; undefined for a user that exists while it runs. */
  readonly user: string | undefined;
  /** A file of variables, which need not exist. */
  readonly environmentFile: string;
}

/** Above `shutdownTimeout`, after which an app exits by itself. Seconds. */
const grace = 5;

/** A unit that runs an app under systemd, with no more rights than it needs. */
export function systemdUnit(spec: UnitSpec): string {
  const { name, directory, user, environmentFile } = spec;
  const stop = Math.ceil(spec.shutdownTimeoutMs / 1_000) + grace;
  const paths = [directory, ...spec.command.filter((part) => part.startsWith("/"))];
  return `# ${name}.service, made by \`pawl unit\`. To install it:
#   pawl unit … | sudo tee /etc/systemd/system/${name}.service
#   sudo systemctl daemon-reload && sudo systemctl enable --now ${name}

[Unit]
Description=${value(name)}
Wants=network-online.target
After=network-online.target
# So often it may fail before systemd gives up.
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=exec
# The first path is Node: write another one here where it moves.
ExecStart=${spec.command.map(argument).join(" ")}
WorkingDirectory=${value(directory)}
Environment=NODE_ENV=production
EnvironmentFile=-${value(environmentFile)}
${user === undefined ? "DynamicUser=yes" : `User=${value(user)}`}
# Below it is the app's own limit (shutdownTimeout), after which it exits by itself.
TimeoutStopSec=${stop}s
# The app ends what it has started; what is left after it is killed.
KillMode=mixed
Restart=on-failure
RestartSec=2s
# Options that do not fit will not fit the next time.
RestartPreventExitStatus=2

# Where its control socket is: XDG_RUNTIME_DIR=/run/${name} pawl ps
RuntimeDirectory=${value(name)}
RuntimeDirectoryMode=0700
Environment=XDG_RUNTIME_DIR=%t/${value(name)}
# Where it may write: /var/lib/${name}, for the app $STATE_DIRECTORY.
StateDirectory=${value(name)}
StateDirectoryMode=0700
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=${paths.some(isAtHome) ? "read-only" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
KeyringMode=private
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute is left out: V8 makes code while it runs.

[Install]
WantedBy=multi-user.target`;
}

/** Whether only the user whose home it is may be able to read it. */
export function isAtHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(`${path}/`);
}

/** `%` begins a specifier. */
function value(text: string): string {
  return text.replaceAll("%", "%%");
}

/** One argument of a command line, as systemd reads it. */
function argument(text: string): string {
  const escaped = value(text).replaceAll("$", "$$$$");
  if (/^[\w@%+=:,./$-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
