import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { PawlTypeError } from "@pawl/kernel";

/** Shorter ones can be guessed. */
const shortest = 16;

/** What lets in who is not of this machine. It is compared in a time that tells nothing of it. */
export class AccessToken {
  // The token itself is kept nowhere, so that nothing can print it.
  readonly #digest: Buffer;
  /** What the cookie holds: it stays right for as long as the token does, and does not tell it. */
  readonly cookie: string;

  /** @throws TypeError `PAWL_BAD_OPTION` for one that can be guessed */
  constructor(token: string) {
    if (typeof token !== "string" || token.length < shortest || !/^[\x21-\x7e]+$/.test(token)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `inspector({ token }): it must be ${shortest} characters or more, without spaces; \`openssl rand -hex 32\` makes one`,
      );
    }
    this.#digest = digestOf(token);
    this.cookie = createHmac("sha256", token).update("cookie of the inspector").digest("base64url");
  }

  isToken(given: string): boolean {
    return timingSafeEqual(digestOf(given), this.#digest);
  }

  isCookie(given: string): boolean {
    return timingSafeEqual(digestOf(given), digestOf(this.cookie));
  }
}

// Digests are equally long, whatever was given.
function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
