import { PawlTypeError } from "@pawl/kernel";
import { BadCall } from "../actions/bad-call.ts";

/** Shorter ones can be guessed. */
const shortest = 16;

/** Keeps from what administers an app all who do not know its token. */
export class AdminToken {
  // The token itself is kept nowhere, so that nothing can print it.
  readonly #digest: Buffer;

  /** @throws TypeError `PAWL_BAD_OPTION` for one that can be guessed */
  constructor(token: string) {
    if (typeof token !== "string" || token.length < shortest || !/^[\x21-\x7e]+$/.test(token)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `http: { adminToken } or the variable PAWL_ADMIN_TOKEN: it must be ${shortest} characters or more, without spaces; \`openssl rand -hex 32\` makes one`,
      );
    }
    this.#digest = digestOf(token);
  }

  /** @param authorization the header of that name @throws BadCall 401 where the token is missing or wrong */
  check(authorization: string | undefined): void {
    const [, given = ""] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    // Digests are equally long, and compared in a time that tells nothing of them.
    if (process.getBuiltinModule("node:crypto").timingSafeEqual(digestOf(given), this.#digest)) return;
    throw new BadCall(401, "This takes the admin token of the app (its PAWL_ADMIN_TOKEN), as a bearer token.", {
      "WWW-Authenticate": "Bearer",
    });
  }
}

function digestOf(token: string): Buffer {
  // Most apps have no token, and importing this module takes 5 ms.
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(token).digest();
}
