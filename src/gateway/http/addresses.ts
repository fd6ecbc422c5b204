// Owns whose address a request counts for. Only a proxy that the settings name is believed about
// the client behind it, and of its X-Forwarded-For only the right-most hop that is not such a
// proxy: what stands left of that hop was written by the client.

import { BlockList, isIPv4, isIPv6 } from "node:net";

/** How many peers' "is it a trusted proxy" is remembered. */
const REMEMBERED_MAX = 1000;

/**
 * The address in its one spelling: dotted IPv4 (also for IPv4 inside IPv6), or eight groups of four
 * lower-case hexadecimal digits. A port and brackets are taken off. Null if it is no address.
 */
export function fullAddress(text: string): string | null {
  let bare = text.trim();
  const bracketed = /^\[([^\]]*)\](:[0-9]+)?$/.exec(bare);
  if (bracketed !== null) bare = bracketed[1] as string;
  else if (/^[0-9.]+:[0-9]+$/.test(bare)) bare = bare.slice(0, bare.indexOf(":"));
  if (isIPv4(bare)) return bare;
  const zone = bare.indexOf("%");
  if (zone !== -1) bare = bare.slice(0, zone);
  return isIPv6(bare) ? fullIpv6(bare.toLowerCase()) : null;
}

function fullIpv6(text: string): string {
  const dotted = /^(.*:)([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$/.exec(text);
  let bare = text;
  if (dotted !== null) {
    const [a, b, c, d] = dotted.slice(2).map(Number) as [number, number, number, number];
    bare = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = "", tail] = bare.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(missing).fill("0"), ...right];
  if (groups.slice(0, 5).every((it) => Number.parseInt(it, 16) === 0) && groups[5] === "ffff") {
    const high = Number.parseInt(groups[6] as string, 16);
    const low = Number.parseInt(groups[7] as string, 16);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  return groups.map((it) => it.padStart(4, "0")).join(":");
}

/** The network that one customer is given: the address itself, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  return address.includes(":") ? address.slice(0, 19) : address;
}

/** Answers the client's address from the peer's and the X-Forwarded-For header. */
export type ClientAddress = (peer: string, forwardedFor: () => string | undefined) => string;

/** Throws if a trusted proxy is neither an address nor a range in CIDR notation. */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return (peer) => fullAddress(peer) ?? peer;
  const list = blockListOf(trustedProxies);
  const remembered = new Map<string, boolean>();
  const isTrusted = (address: string): boolean => {
    let known = remembered.get(address);
    if (known === undefined) {
      known = list.check(address, address.includes(":") ? "ipv6" : "ipv4");
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(address, known);
    }
    return known;
  };
  return (peer, forwardedFor) => {
    let client = fullAddress(peer) ?? peer;
    if (!isTrusted(client)) return client;
    const hops = forwardedFor()?.split(",") ?? [];
    for (let at = hops.length - 1; at >= 0; at--) {
      const hop = fullAddress(hops[at] as string);
      if (hop === null) return client;
      client = hop;
      if (!isTrusted(hop)) return hop;
    }
    return client;
  };
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const slash = range.indexOf("/");
    const address = slash === -1 ? range : range.slice(0, slash);
    const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : null;
    const bits = slash === -1 ? null : Number(range.slice(slash + 1));
    const bitsMax = family === "ipv4" ? 32 : 128;
    const bad = bits !== null && !(Number.isInteger(bits) && bits >= 0 && bits <= bitsMax);
    if (family === null || bad) throw new Error(`"${range}" is no address and no range`);
    if (bits === null) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return list;
}
