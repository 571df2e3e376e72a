import { createHash, timingSafeEqual } from "node:crypto";
import { PawlTypeError } from "@pawl/kernel";

/** Lets in who knows the token, as a bearer token. */
export class ScrapeToken {
  // The token itself is kept nowhere, so that nothing can print it.
  readonly #digest: Buffer;

  /** @throws TypeError `PAWL_BAD_OPTION` for one that no header can carry */
  constructor(token: string) {
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        "metrics({ token }): it must be a text without spaces; `openssl rand -hex 32` makes one",
      );
    }
    this.#digest = digestOf(token);
  }

  /** @param authorization the header of that name */
  fits(authorization: string | undefined): boolean {
    const [, given = ""] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    // Digests are equally long, and compared in a time that tells nothing of them.
    return timingSafeEqual(digestOf(given), this.#digest);
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
