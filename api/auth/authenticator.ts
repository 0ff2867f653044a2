/**
 * Authentication: from a request to a caller, by whichever of the configured methods its credentials belong to.
 * Wrong credentials and missing ones give the same 401; it is thrown only where an operation asks for a caller.
 */
import type { Request } from "express";
import type { AccountStore } from "../../store/accounts.ts";
import type { Settings } from "../config.ts";
import { Problem } from "../http/problem.ts";
import { accountCaller } from "./account-caller.ts";
import type { Caller } from "./caller.ts";
import { declaredCaller } from "./declared-caller.ts";
import { FailureCount } from "./failure-count.ts";
import { type JwtVerifier, openJwtVerifier } from "./jwt.ts";
import { sessionOf } from "./session-cookie.ts";

export interface Authenticator {
  /** The caller; or the problem to throw where an operation wants one. */
  authenticate(request: Request): Promise<Caller | Problem>;
}

export function openAuthenticator(settings: Settings, accounts: AccountStore): Authenticator {
  if (settings.authentication.includes("none")) return { authenticate: async (request) => declaredCaller(request) };
  const failures = new FailureCount(10, 60_000);
  const jwt: JwtVerifier | undefined = settings.oidc === undefined ? undefined : openJwtVerifier(settings.oidc);
  const methods = new Set(settings.authentication);

  async function byPassword(credentials: string): Promise<Caller | undefined> {
    const text = Buffer.from(credentials, "base64").toString("utf8");
    const colon = text.indexOf(":");
    if (colon < 1) return undefined;
    const account = await accounts.checkPassword(text.slice(0, colon), text.slice(colon + 1));
    return account === undefined ? undefined : accountCaller(account, "basic", null);
  }

  async function byBearer(secret: string): Promise<Caller | undefined> {
    if (methods.has("token")) {
      const found = await accounts.checkToken(secret);
      if (found !== undefined) return accountCaller(found.account, "token", found.token.permissions);
    }
    return jwt?.verify(secret);
  }

  async function bySession(request: Request): Promise<Caller | undefined> {
    const secret = sessionOf(request.headers.cookie);
    if (secret === undefined) return undefined;
    const found = await accounts.checkSession(secret);
    if (found === undefined) return undefined;
    assertOwnPage(request);
    const caller = accountCaller(found.account, "session", null);
    return found.claims === null ? caller : { ...caller, isForeign: true, claims: found.claims };
  }

  return {
    async authenticate(request) {
      const address = request.ip ?? "unknown";
      const header = request.headers.authorization;
      const [scheme = "", secret = ""] = header === undefined ? [] : splitOnce(header);
      const tried = header !== undefined;
      if (tried && failures.isOver(address))
        return new Problem(
          "TOO_MANY_REQUESTS",
          "Expected fewer wrong credentials from this address, but there were too many. Wait a minute.",
          { "retry-after": "60" },
        );
      let caller: Caller | undefined;
      if (scheme === "basic" && methods.has("basic")) caller = await byPassword(secret);
      else if (scheme === "bearer") caller = await byBearer(secret);
      else if (!tried) caller = await bySession(request);
      if (caller !== undefined) return caller;
      if (tried) failures.add(address);
      return unauthenticated(methods, request);
    },
  };
}

function splitOnce(header: string): [string, string] {
  const space = header.indexOf(" ");
  return space < 0
    ? [header.toLowerCase(), ""]
    : [header.slice(0, space).toLowerCase(), header.slice(space + 1).trim()];
}

/** Browsers are not asked for a password by their own dialog: pages of ours have a form for it. */
function unauthenticated(methods: ReadonlySet<string>, request: Request): Problem {
  const isPage = request.headers["sec-fetch-site"] !== undefined;
  const challenges = [
    ...(methods.has("basic") && !isPage ? ['Basic realm="interlock", charset="UTF-8"'] : []),
    ...(methods.has("token") || methods.has("oidc") ? ['Bearer realm="interlock"'] : []),
  ];
  return new Problem(
    "UNAUTHENTICATED",
    "Expected valid credentials, but there are none.",
    challenges.length === 0 ? {} : { "www-authenticate": challenges.join(", ") },
  );
}

/** A cookie travels with requests that foreign pages make: a change must say that it comes from ours. */
function assertOwnPage(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const site = request.headers["sec-fetch-site"];
  const origin = request.headers.origin;
  if (
    site === "same-origin" ||
    (site === undefined && origin !== undefined && new URL(origin).host === request.headers.host)
  )
    return;
  throw new Problem(
    "FORBIDDEN",
    "Expected a change made with a session to come from this server's own pages, but it does not say so.",
  );
}
