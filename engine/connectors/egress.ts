/**
 * The one door to the outside. A host and port must stand in the allow-list; addresses of private networks, loopback,
 * link-local and metadata services are reached only when the entry says so (`private:`); the address that was judged is
 * the one that is connected to (no second look-up a rebinding name server could use); redirects are not followed;
 * headers that frame a message are ours, so that data in them cannot smuggle a second request. An entry may belong to
 * one tenant alone.
 */
import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

export interface EgressRule {
  /** Host name or address; `*.example.org` covers sub-domains; `*` every public host. */
  readonly host: string;
  /** null: the default ports 80 and 443. */
  readonly port: number | null;
  /** Loopback and private addresses are allowed for this entry. */
  readonly allowPrivate: boolean;
  /** The only tenant that the entry serves; null: all. */
  readonly tenantId: string | null;
}

export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  /** Whose call it is; undefined: the server's own, which entries of a tenant do not serve. */
  readonly tenantId?: string;
  readonly signal?: AbortSignal;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The call was refused before anything left. */
export class EgressDenied extends Error {
  override readonly name = "EgressDenied";
}

const responseBytesMax = 4 * 1024 * 1024;

// One list a family: Node compares IPv4 addresses with the IPv6 networks of a list too, in their mapped form.
const privateIpv4 = new BlockList();
const privateIpv6 = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  privateIpv4.addSubnet(network, bits, "ipv4");
// ::/96, ::ffff:0:0/96, 64:ff9b::/96, 2001::/23 and 2002::/16 carry IPv4 addresses inside: refused as a whole rather
// than unpacked.
for (const [network, bits] of [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  privateIpv6.addSubnet(network, bits, "ipv6");

/** True for loopback, private, link-local, multicast and reserved addresses. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 4 ? privateIpv4.check(address, "ipv4") : privateIpv6.check(address, "ipv6");
}

/**
 * Reads an allow-list: entries separated by commas, `host`, `host:port`, `*.host`, `*`, each with an optional
 * `private:` in front, and before that an optional `tenant=`. Throws on an entry that is none of these.
 */
export function parseEgressRules(text: string): EgressRule[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry) => {
      const match =
        /^(?:(<default>|[A-Za-z0-9_@.+-]{1,256})=)?(private:)?(\[[0-9a-f:.]+\]|\*|(?:\*\.)?[a-z0-9.-]+)(?::([0-9]{1,5}|\*))?$/i.exec(
          entry,
        );
      if (!match) throw new Error(`Expected host, host:port or *.host in the egress list, but found "${entry}".`);
      return {
        host: (match[3] ?? "").replace(/^\[|\]$/g, "").toLowerCase(),
        port: match[4] === undefined ? null : match[4] === "*" ? -1 : Number(match[4]),
        allowPrivate: match[2] !== undefined,
        tenantId: match[1] ?? null,
      };
    });
}

function ruleFor(url: URL, rules: readonly EgressRule[], tenantId: string | undefined): EgressRule | undefined {
  const host = url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return rules.find((rule) => {
    const hostFits =
      rule.host === "*" || rule.host === host || (rule.host.startsWith("*.") && host.endsWith(rule.host.slice(1)));
    const portFits = rule.port === -1 || (rule.port === null ? port === 80 || port === 443 : rule.port === port);
    return hostFits && portFits && (rule.tenantId === null || rule.tenantId === tenantId);
  });
}

/** How names become addresses; Node's own unless a test plays a name server. */
export type NameLookup = typeof dnsLookup;

function pinnedLookup(rule: EgressRule, lookup: NameLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(
      hostname.replace(/\.$/, ""),
      { all: true, family: options.family ?? 0 },
      (error, addresses: LookupAddress[]) => {
        if (error) return callback(error, []);
        const judged = rule.allowPrivate ? addresses : addresses.filter(({ address }) => !isPrivateAddress(address));
        if (judged.length === 0)
          return callback(
            new EgressDenied(`Expected a public address for ${hostname}, but it resolves to a private one.`),
            [],
          );
        const first = judged[0] as LookupAddress;
        return options.all ? callback(null, judged) : callback(null, first.address, first.family);
      },
    );
  };
}

/**
 * Connections are kept per entry: in a pool that all share, a call under one entry would be handed the connection that
 * another entry, of another tenant perhaps, was allowed to open to an inner address.
 */
const agents = new WeakMap<EgressRule, { readonly http: HttpAgent; readonly https: HttpsAgent }>();

function agentsOf(rule: EgressRule): { readonly http: HttpAgent; readonly https: HttpsAgent } {
  let own = agents.get(rule);
  if (own === undefined) {
    const options = { keepAlive: true, timeout: 5_000 };
    own = { http: new HttpAgent(options), https: new HttpsAgent(options) };
    agents.set(rule, own);
  }
  return own;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > responseBytesMax) {
      response.destroy();
      throw new RangeError(`Expected an answer of at most ${responseBytesMax} bytes, but more came.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What frames a message or names its receiver: RFC 9112 §6, RFC 9110 §7.2 and §7.6.1. */
const reservedHeaders = new Set([
  ...["connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade"],
]);

function checkHeaders(headers: OutboundRequest["headers"]): void {
  for (const [name, value] of Object.entries(headers)) {
    if (reservedHeaders.has(name.toLowerCase()))
      throw new EgressDenied(`Expected headers that a caller may set, but ${name} is not one of them.`);
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new EgressDenied(`Expected a header of one line, but ${JSON.stringify(name.slice(0, 60))} is none.`);
  }
}

function parseTarget(
  { url: text, tenantId }: OutboundRequest,
  rules: readonly EgressRule[],
): { url: URL; rule: EgressRule } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new EgressDenied(`Expected an absolute http or https address, but "${text.slice(0, 200)}" is none.`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new EgressDenied(`Expected http or https, but the address uses ${url.protocol}`);
  if (url.username !== "" || url.password !== "")
    throw new EgressDenied("Expected credentials in a header, but the address carries them.");
  const rule = ruleFor(url, rules, tenantId);
  if (!rule)
    throw new EgressDenied(
      `Expected ${url.host} in the egress list, but it is not there. Add it to INTERLOCK_EGRESS to allow it.`,
    );
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && !rule.allowPrivate && isPrivateAddress(literal))
    throw new EgressDenied(
      `Expected a public address, but ${literal} is private. Write private:${url.host} to allow it.`,
    );
  return { url, rule };
}

/** Sends one request through the door. Throws EgressDenied before anything leaves, other errors afterwards. */
export async function callOutside(
  request: OutboundRequest,
  rules: readonly EgressRule[],
  lookup: NameLookup = dnsLookup,
): Promise<OutboundResponse> {
  const { url, rule } = parseTarget(request, rules);
  checkHeaders(request.headers);
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  const isSecure = url.protocol === "https:";
  const send = isSecure ? httpsRequest : httpRequest;
  const agent = agentsOf(rule)[isSecure ? "https" : "http"];
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = send(
      url,
      { method: request.method, headers: request.headers, agent, lookup: pinnedLookup(rule, lookup), signal },
      resolve,
    );
    outgoing.once("error", reject);
    outgoing.end(request.body ?? undefined);
  });
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  return { status: response.statusCode ?? 0, headers, text: await readText(response) };
}
