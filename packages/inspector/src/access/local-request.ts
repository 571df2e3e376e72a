import { BlockList, isIP, type Server, type Socket } from "node:net";
import type { Context } from "@pawl/http";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** What a proxy adds: then the address is its own, and who asks may be anybody. */
const ofProxies = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/**
 * Whether a request comes from this machine, and asks for it by a name that only means this machine: a site whose name was
 * made to point here (DNS rebinding) asks by its own.
 */
export function isLocal(c: Context): boolean {
  return isLoopbackName(hostOf(c)) && ofProxies.every((name) => c.req.header(name) === undefined) && isFromHere(c);
}

/** The name and port that it was asked by. */
export function hostOf(c: Context): string {
  // What came by app.fetch() need not have the header.
  return (c.req.header("host") ?? (c.env.incoming ? "" : new URL(c.req.url).host)).toLowerCase();
}

function isFromHere(c: Context): boolean {
  const { incoming } = c.env;
  if (!incoming) return true;
  const { remoteAddress } = incoming.socket;
  // A connection that was cut has no address either, so that alone makes no Unix socket.
  return remoteAddress === undefined ? isUnixSocket(incoming.socket) : isLoopbackAddress(remoteAddress);
}

function isUnixSocket(socket: Socket & { readonly server?: Server }): boolean {
  return typeof socket.server?.address() === "string";
}

function isLoopbackName(host: string): boolean {
  const name = host.replace(/:\d*$/, "").replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost") || isLoopbackAddress(name.replace(/^\[(.*)\]$/, "$1"));
}

function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4");
}
