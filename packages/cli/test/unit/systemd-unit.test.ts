import { expect, test } from "vitest";
import { systemdUnit } from "../../src/unit/systemd-unit.ts";

const spec = {
  name: "shop",
  directory: "/srv/shop",
  shutdownTimeoutMs: 25_000,
  user: undefined,
  environmentFile: "/etc/shop.env",
};
const unit = (...command: readonly string[]) => systemdUnit({ ...spec, command }).split("\n");

test.each([
  ["as it is", "--rate=5", "--rate=5"],
  ["with a space", "two words", '"two words"'],
  ["that begins a specifier", "50%", "50%%"],
  ["that names a variable", "$HOME", "$$HOME"],
  ["with quotes and backslashes", 'say "hi" \\o/', String.raw`"say \"hi\" \\o/"`],
  ["with a line break", "two\nlines", String.raw`"two\nlines"`],
  ["that is empty", "", '""'],
  ["that would end the command", "a;b", '"a;b"'],
])("systemd reads an argument %s as the app gets it", (_, given, written) => {
  expect(unit("/usr/bin/node", given)).toContain(`ExecStart=/usr/bin/node ${written}`);
});

test.each([
  ["/srv/shop/main.ts", "ProtectHome=yes"],
  ["/home/ada/shop/main.ts", "ProtectHome=read-only"],
  ["/root/shop/main.ts", "ProtectHome=read-only"],
])("a program at %s has %s", (file, line) => {
  expect(unit("/usr/bin/node", file)).toContain(line);
});

test.each([
  [25_000, 30],
  [41_500, 47],
  [1, 6],
])("an app that may take %d ms to stop is granted %d s", (shutdownTimeoutMs, seconds) => {
  expect(systemdUnit({ ...spec, command: ["/usr/bin/node"], shutdownTimeoutMs })).toContain(
    `\nTimeoutStopSec=${seconds}s\n`,
  );
});
