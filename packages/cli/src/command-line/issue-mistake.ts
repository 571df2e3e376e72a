import type { OptionIssue } from "@pawl/kernel";
import { optionIssueLine } from "@pawl/kernel/extend";
import type { Mistake } from "./environment.ts";
import type { Group } from "./option-group.ts";

/** What does not fit, and where nothing was given how to give it. */
export function issueMistake(issue: OptionIssue, groups: readonly Group[]): Mistake {
  const { fields = [], inCode = [] } = groups.find(({ name }) => name === issue.path) ?? {};
  if (issue.where === undefined && inCode.some(({ path }) => path.join(".") === issue.key))
    return `${issue.path}.${issue.key}: ${issue.expected} (not given; it is set in code only)`;
  const field = fields.find(({ path }) => path.join(".") === issue.key);
  if (issue.where !== undefined || !field) return optionIssueLine(issue);
  return `${issue.path}.${issue.key}: ${issue.expected} (not given; set it by --${field.flag} or ${field.variables.join(" or ")})`;
}
