import type { OptionIssue } from "@pawl/kernel";
import { optionIssueLine } from "@pawl/kernel/extend";
import type { Mistake } from "./environment.ts";
import type { Group } from "./option-group.ts";

/** What does not fit, and where nothing was given how to give it. */
export function issueMistake(issue: OptionIssue, groups: readonly Group[]): Mistake {
  const fields = groups.find(({ name }) => name === issue.path)?.fields ?? [];
  const field = fields.find(({ path }) => path.join(".") === issue.key);
  if (issue.where !== undefined || !field) return optionIssueLine(issue);
  return `${issue.path}.${issue.key}: ${issue.expected} (not given; set it by --${field.flag} or ${field.variables.join(" or ")})`;
}
