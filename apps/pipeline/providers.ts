import { Hashing } from "./services/hashing.ts";
import { Inbox } from "./services/inbox.ts";
import { Results } from "./services/results.ts";
import { settings } from "./settings.ts";

// Stopped in reverse: no more files come in, those that came are hashed, and their results are written.
export const providers = {
  results: new Results(settings.results),
  hashing: Hashing,
  inbox: new Inbox(settings.inbox),
};
