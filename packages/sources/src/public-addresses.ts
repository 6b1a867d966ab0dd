/**
 * Which addresses an upstream may have. Whoever describes a tenant names hosts that our workers then ask from inside our
 * network, so a name is only as good as what it stands for: it is judged when the connection is made, by the very
 * addresses that are connected to. A name that changes its meaning between a check and a connection has no such moment.
 */
import { lookup as resolveName, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Failure } from "@levain/contracts";
import { z } from "zod";

/** Addresses and hosts that upstreams may have although they are not public: `10.1.2.3`, `10.1.0.0/16`, `fd00::/8`, `till.internal`. */
export type AllowedAddresses = readonly string[];

/** The same as an operator sets it: one text, separated by commas. */
export const AllowedAddressesSetting = z
  .string()
  .transform((text) => text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== ""))
  .superRefine((entries, { addIssue }) => {
    try {
      readAllowed(entries);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      addIssue({ code: "custom", message: error.message });
    }
  });

export type AddressGuard = {
  /** For what an address says by itself, before any name is asked for. @throws Failure source.forbidden-address */
  check(url: URL): void;
  /** For agents: resolves a name, and refuses one that stands for any address that is not allowed. */
  readonly lookup: LookupFunction;
};

type Resolve = (
  hostname: string,
  options: { readonly all: true; readonly family: number; readonly hints: number },
  done: (fault: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** @param resolve how names become addresses; another one in tests. @throws RangeError for an entry that is neither a host, an address nor a network */
export function guardAddresses(allowed: AllowedAddresses = [], resolve: Resolve = resolveName): AddressGuard {
  const { hosts, networks } = readAllowed(allowed);
  /** Null: may be connected to. */
  const wrongWith = (address: string): string | null => {
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (networks.check(address, family)) return null;
    return NOT_PUBLIC.find((each) => each[family].check(address, family))?.kind ?? null;
  };
  return {
    check: (url) => {
      if (url.protocol !== "http:" && url.protocol !== "https:") throw forbidden(url.hostname, "an http or https address", "another scheme");
      if (url.username !== "" || url.password !== "") throw forbidden(url.hostname, "an address without a user name", "one with a user name");
      const host = hostOf(url);
      // To some clients http://unix:/path:/ is a socket in the file system.
      if (host === "unix") throw forbidden(host, "the name of a host", "one that stands for a local socket");
      const kind = isIP(host) === 0 || hosts.has(host) ? null : wrongWith(host);
      if (kind !== null) throw forbidden(host, "a public address", `${kind} one`);
    },
    lookup: (hostname, options, done) => {
      resolve(hostname, { all: true, family: familyOf(options.family), hints: options.hints ?? 0 }, (fault, addresses) => {
        if (fault) return done(fault, []);
        const kind = hosts.has(hostname.toLowerCase()) ? null : addresses.map(({ address }) => wrongWith(address)).find((each) => each !== null);
        if (typeof kind === "string") return done(forbidden(hostname, "a name that stands for public addresses only", `one that stands for ${kind} one`), []);
        const [first] = addresses;
        if (options.all === true) done(null, addresses);
        else done(null, first?.address ?? "", first?.family ?? 0);
      });
    },
  };
}

/** As the URL parser leaves it: decimal, octal and hexadecimal forms of IPv4 are dotted by now. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase();

/** The address itself is not told: what a name stands for inside our network is nobody's business outside. */
const forbidden = (host: string, expected: string, came: string): Failure => new Failure("source.forbidden-address", `expected ${expected}, got ${came}`, { host });

const familyOf = (family: number | "IPv4" | "IPv6" | undefined): number => (family === "IPv4" ? 4 : family === "IPv6" ? 6 : (family ?? 0));

function readAllowed(allowed: AllowedAddresses): { readonly hosts: ReadonlySet<string>; readonly networks: BlockList } {
  const hosts = new Set<string>();
  const networks = new BlockList();
  for (const entry of allowed) {
    if (HOST.test(entry) && !/^[\d.]+$/.test(entry)) hosts.add(entry.toLowerCase());
    else addNetwork(networks, entry);
  }
  return { hosts, networks };
}

const HOST = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i;

function addNetwork(list: BlockList, network: string): void {
  const [address = "", bits] = network.split("/", 2);
  const family = isIP(address);
  try {
    list.addSubnet(address, bits === undefined ? (family === 6 ? 128 : 32) : Number(bits), family === 6 ? "ipv6" : "ipv4");
  } catch (cause) {
    throw new RangeError(`expected a host, an address or a network such as 10.1.0.0/16, got ${network}`, { cause });
  }
}

/**
 * What is not the public internet, from IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its
 * successors). Of IPv6 only 2000::/3 is given out at all; what lies outside of it is refused in three pieces, which
 * hold translation prefixes among others. An IPv4 address mapped into IPv6 is judged as what it is.
 */
const NOT_PUBLIC = [
  networksOf("a loopback", ["127.0.0.0/8"], ["::1/128"]),
  // Where clouds serve their machines' credentials (169.254.169.254), among others.
  networksOf("a link-local", ["169.254.0.0/16"], ["fe80::/10"]),
  networksOf("a private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"], ["fc00::/7"]),
  networksOf("a multicast", ["224.0.0.0/4"], ["ff00::/8"]),
  networksOf(
    "a reserved",
    ["0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"],
    ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "::/3", "4000::/2", "8000::/1"],
  ),
];

/** Lists by family: Node's list would take an IPv4 address for one of ::/3, into which it can be mapped. */
function networksOf(kind: string, ipv4: readonly string[], ipv6: readonly string[]): { readonly kind: string; readonly ipv4: BlockList; readonly ipv6: BlockList } {
  const listOf = (networks: readonly string[]): BlockList => {
    const list = new BlockList();
    for (const network of networks) addNetwork(list, network);
    return list;
  };
  return { kind, ipv4: listOf(ipv4), ipv6: listOf([...ipv4, ...ipv6]) };
}
