#!/usr/bin/env node
import { pawl } from "@pawl/cli/commands";

const code = await pawl(process.argv.slice(2));
// What has been written goes out first; what a module that was only looked at has begun is not waited for.
process.stdout.write("", () => process.exit(code));
