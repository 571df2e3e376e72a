import { PawlTypeError } from "@pawl/kernel";
import { AccessToken } from "./access/access-token.ts";

export interface InspectorOptions {
  /** Where it answers. @default "/_pawl" */
  readonly route?: string;
  /**
   * Lets who has it in from other machines: as a bearer token, or typed into the page. At least 16 characters.
   *
   * @default none: requests of this machine alone are answered
   */
  readonly token?: string;
  /** Whether it answers under `NODE_ENV=production`; then everybody needs the token. @default false */
  readonly production?: boolean;
}

export interface InspectorSettings {
  readonly route: string;
  readonly token: AccessToken | undefined;
  readonly production: boolean;
}

/** @throws TypeError `PAWL_BAD_OPTION` for what cannot be right */
export function inspectorSettings(options: InspectorOptions): InspectorSettings {
  if (typeof options !== "object" || options === null) {
    throw new PawlTypeError("PAWL_BAD_OPTION", "inspector(options): it must be an object, such as { token }");
  }
  const { route = "/_pawl", token, production = false } = options;
  if (typeof route !== "string" || !/^(\/[\w.~-]+)+$/.test(route)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `inspector({ route: ${JSON.stringify(route)} }): it must be a path without parameters and without a slash at its end, such as "/_pawl"`,
    );
  }
  if (typeof production !== "boolean") {
    throw new PawlTypeError("PAWL_BAD_OPTION", "inspector({ production }): it must be true or false");
  }
  if (production && token === undefined) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      "inspector({ production: true }): it needs a token, since whoever opens it can stop the app; give { token } as well",
    );
  }
  return { route, token: token === undefined ? undefined : new AccessToken(token), production };
}
