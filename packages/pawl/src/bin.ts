#!/usr/bin/env node
import { pawl } from "@pawl/cli/commands";

await pawl(process.argv.slice(2));
