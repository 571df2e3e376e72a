import { PawlError } from "@pawl/kernel";

/** The command was called in a way that it does not understand: exit code 2. */
export class UsageError extends PawlError {
  constructor(message: string) {
    super("PAWL_CLI_USAGE", message);
  }
}
