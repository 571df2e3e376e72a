import type { BlockList } from "node:net";
import { PawlTypeError } from "@pawl/kernel";

// Not every app listens, and importing this module takes 4 ms.
const net = () => process.getBuiltinModule("node:net");
let loopback: BlockList | undefined;

/** Whether an address is one of the machine itself, by which nobody else reaches it. */
export function isLoopback(address: string): boolean {
  const version = net().isIP(address);
  loopback ??= loopbackAddresses();
  return version !== 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4");
}

function loopbackAddresses(): BlockList {
  const { BlockList } = net();
  const list = new BlockList();
  list.addSubnet("127.0.0.0", 8);
  list.addAddress("::1", "ipv6");
  return list;
}

/**
 * By which names requests may ask, against DNS rebinding: a page of another site whose name has been made to mean this
 * machine is of the same origin as what answers there, so that its browser lets it ask and read; the name alone gives it away.
 */
export class AllowedHosts {
  /** Whether they were named, so that they count on every address. */
  readonly isNamed: boolean;
  readonly #names: ReadonlySet<string>;
  /** What came last and was allowed: most requests come by one name. */
  #last: string | undefined;

  /**
   * @param listensOn the address that the server listens on, which may be a name as well
   * @throws TypeError for what is no name of a host
   */
  constructor(names: readonly string[] | undefined, listensOn?: string) {
    if (names !== undefined && !Array.isArray(names)) throw badHosts();
    this.isNamed = names !== undefined;
    // Whoever listens by a name is asked by it.
    const own = listensOn === undefined || net().isIP(listensOn) !== 0 ? [] : [nameOf(listensOn)];
    this.#names = new Set([...(names ?? []).map(checkedName), ...own]);
  }

  /** @param host the header `Host`; HTTP/1.0, which no browser speaks, may have none */
  allows(host: string | undefined): boolean {
    if (host === undefined || host === this.#last) return true;
    const name = nameOf(host);
    const isAllowed =
      name === "localhost" ||
      name.endsWith(".localhost") ||
      isLoopback(name.replace(/^\[(.*)\]$/, "$1")) ||
      this.#names.has(name);
    if (isAllowed) this.#last = host;
    return isAllowed;
  }
}

/** The name in `Host`, without the port. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

function checkedName(name: unknown): string {
  if (typeof name !== "string" || name === "") throw badHosts();
  const written = net().isIPv6(name) ? `[${name}]` : name;
  // As browsers write it: in lower case, and what is not ASCII in Punycode.
  const url = /[/?#@*\s\\]|:\d*$/.test(written) ? undefined : URL.parse(`http://${written}`);
  if (!url) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `http: { hosts }: ${JSON.stringify(name)} is no name of a host; write each as it stands in the address, without protocol, port and path, such as "shop.example"`,
    );
  }
  return nameOf(url.hostname);
}

function badHosts(): PawlTypeError {
  return new PawlTypeError("PAWL_BAD_OPTION", 'http: { hosts }: it must be a list of names, such as ["shop.example"]');
}
