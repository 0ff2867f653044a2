/**
 * Settings, from the environment, checked once at start. A wrong value stops the start with the variable's name and what
 * was expected; secrets are never repeated in a message.
 */
import { z } from "zod";
import type { EngineOptions, WalletLimits } from "../engine/index.ts";
import type { ObjectStorage } from "../store/document-s3.ts";

const authenticationMethods = ["none", "basic", "token", "oidc"] as const;
export type AuthenticationMethod = (typeof authenticationMethods)[number];

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(0);

const environmentShape = z.object({
  PORT: port.default(8080),
  HOST: z.string().min(1).default("127.0.0.1"),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().min(1).default("./data"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  SIGNING_KEY_FILE: z.string().min(1).optional(),
  TENANT_WALL: z.enum(["auto", "on", "off"]).default("auto"),
  AUTHENTICATION: z
    .string()
    .default("none")
    .transform((text) => text.split(",").map((word) => word.trim()))
    .pipe(z.array(z.enum(authenticationMethods)).min(1)),
  SEPARATION_OF_DUTIES: z.enum(["standard", "three-person"]).default("standard"),
  OIDC_ISSUER: z.url().optional(),
  OIDC_AUDIENCE: z.string().min(1).optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_ROLES_CLAIM: z.string().min(1).default("roles"),
  OIDC_GROUPS_CLAIM: z.string().min(1).default("groups"),
  OIDC_TENANTS_CLAIM: z.string().min(1).optional(),
  OIDC_AUTHORIZED_PARTIES: z
    .string()
    .transform((text) => text.split(",").map((word) => word.trim()))
    .pipe(z.array(z.string().min(1)).min(1))
    .optional(),
  PUBLIC_URL: z.url().optional(),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  RATE_LIMIT_PER_MINUTE: count.default(0),
  BODY_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1024)
    .default(4 * 1024 * 1024),
  DEPLOYMENT_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1024)
    .default(32 * 1024 * 1024),
  REQUESTS_IN_FLIGHT_MAX: z.coerce.number().int().min(1).default(1_000),
  INTERLOCK_CLOCK: z.enum(["system", "controllable"]).default("system"),
  AGENT_BUDGET_PER_INSTANCE: z.string().default(""),
  AGENT_BUDGET_PER_TENANT_DAY: z.string().default(""),
  DOCUMENT_STORE: z.enum(["database", "folder", "s3"]).default("database"),
  DOCUMENT_FOLDER: z.string().min(1).optional(),
  DOCUMENT_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1024)
    .default(32 * 1024 * 1024),
  DOCUMENT_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  DOCUMENT_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .optional(),
  DOCUMENT_S3_REGION: z.string().min(1).default("us-east-1"),
  DOCUMENT_S3_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._/-]*$/)
    .default(""),
  DOCUMENT_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  DOCUMENT_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  DRAIN_MS_MAX: z.coerce.number().int().min(0).default(15_000),
});

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly logLevel: string;
  /** Private key of this node's signatures, made at the first start; undefined with a throw-away store: a key as short-lived. */
  readonly signingKeyFile: string | undefined;
  readonly authentication: readonly AuthenticationMethod[];
  /** `three-person`: what is deployed or released was written and approved by two other people. */
  readonly separationOfDuties: "standard" | "three-person";
  readonly oidc: OidcSettings | undefined;
  /** Where browsers reach the server, when not where it listens. */
  readonly publicUrl: string | undefined;
  readonly trustProxy: number;
  /** Row-level security between tenants: "on" refuses to start without it, "auto" has it where callers are told apart. */
  readonly tenantWall: "auto" | "on" | "off";
  /** 0: no limit. */
  readonly rateLimitPerMinute: number;
  readonly bodyBytesMax: number;
  readonly deploymentBytesMax: number;
  readonly requestsInFlightMax: number;
  readonly drainMsMax: number;
  /** What agents may spend where nobody has set other limits. */
  readonly walletDefaults: NonNullable<EngineOptions["walletDefaults"]>;
  /** Where the bytes of new documents go. */
  readonly documents: DocumentSettings;
  /** Callers may set the engine's time: for tests of processes, never for real work. */
  readonly clockIsControllable: boolean;
}

export type DocumentSettings = { readonly bytesMax: number } & (
  | { readonly store: "database" }
  | { readonly store: "folder"; readonly folder: string }
  | { readonly store: "s3"; readonly storage: ObjectStorage }
);

export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  /** Claims are named as they are ("roles", "https://example.com/roles") or as a path ("realm_access.roles"). */
  readonly rolesClaim: string;
  readonly groupsClaim: string;
  /** Undefined: everybody is of the default tenant. With a claim, a caller without it is of no tenant. */
  readonly tenantsClaim: string | undefined;
  /** Clients that a token may have been made for (azp, client_id); undefined: every client of the issuer. */
  readonly authorizedParties: readonly string[] | undefined;
}

/** A setting that cannot be used; the message names the variable. */
export class InvalidSettings extends Error {
  override readonly name = "InvalidSettings";
}

export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    Object.keys(environmentShape.shape).flatMap((name) =>
      environment[name] === undefined || environment[name] === "" ? [] : [[name, environment[name]]],
    ),
  );
  const result = environmentShape.safeParse(given);
  if (!result.success) throw new InvalidSettings(result.error.issues.map((issue) => sayIssue(issue)).join("\n"));
  const values = result.data;
  const settings: Settings = {
    port: values.PORT,
    host: values.HOST,
    databaseUrl: values.DATABASE_URL,
    dataDir: values.DATA_DIR,
    logLevel: values.LOG_LEVEL,
    signingKeyFile: values.SIGNING_KEY_FILE ?? defaultKeyFile(values),
    authentication: values.AUTHENTICATION,
    separationOfDuties: values.SEPARATION_OF_DUTIES,
    oidc: oidcOf(values),
    publicUrl: values.PUBLIC_URL?.replace(/\/$/, ""),
    trustProxy: values.TRUST_PROXY,
    tenantWall: values.TENANT_WALL,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    bodyBytesMax: values.BODY_BYTES_MAX,
    deploymentBytesMax: values.DEPLOYMENT_BYTES_MAX,
    requestsInFlightMax: values.REQUESTS_IN_FLIGHT_MAX,
    drainMsMax: values.DRAIN_MS_MAX,
    walletDefaults: {
      instance: budgetOf("AGENT_BUDGET_PER_INSTANCE", values.AGENT_BUDGET_PER_INSTANCE),
      tenantDay: budgetOf("AGENT_BUDGET_PER_TENANT_DAY", values.AGENT_BUDGET_PER_TENANT_DAY),
    },
    documents: documentsOf(values),
    clockIsControllable: values.INTERLOCK_CLOCK === "controllable",
  };
  assertSafe(settings);
  return settings;
}

const budgetWords = { modelCalls: "modelCallsMax", tokens: "tokensMax", toolCalls: "toolCallsMax" } as const;

/** "modelCalls=100,tokens=1000000,toolCalls=none"; what is not named keeps the engine's default. */
function budgetOf(name: string, text: string): Partial<WalletLimits> {
  const limits: { -readonly [Name in keyof WalletLimits]?: number | null } = {};
  for (const part of text.split(",").filter((word) => word.trim() !== "")) {
    const match = /^\s*(modelCalls|tokens|toolCalls)\s*=\s*(\d{1,12}|none)\s*$/.exec(part);
    if (match === null)
      throw new InvalidSettings(
        `Expected ${name} to be a list like modelCalls=100,tokens=1000000,toolCalls=none, but it is not.`,
      );
    limits[budgetWords[match[1] as keyof typeof budgetWords]] = match[2] === "none" ? null : Number(match[2]);
  }
  return limits;
}

/** `memory://`, or `memory://FILE` to begin as a dump. */
function isInMemory(dataDir: string): boolean {
  return dataDir.startsWith("memory://");
}

/** In the data folder, beside the embedded database. */
function defaultKeyFile({ DATABASE_URL, DATA_DIR }: z.output<typeof environmentShape>): string | undefined {
  if (DATABASE_URL === undefined && isInMemory(DATA_DIR)) return undefined;
  return `${isInMemory(DATA_DIR) ? "./data" : DATA_DIR.replace(/(?<![/\\])[/\\]+$/, "")}/signing-key.pem`;
}

function oidcOf(values: z.output<typeof environmentShape>): OidcSettings | undefined {
  if (!values.AUTHENTICATION.includes("oidc")) return undefined;
  if (values.OIDC_ISSUER === undefined || values.OIDC_AUDIENCE === undefined) {
    throw new InvalidSettings(
      "Expected OIDC_ISSUER and OIDC_AUDIENCE, because AUTHENTICATION holds oidc, but one is missing.",
    );
  }
  return {
    issuer: values.OIDC_ISSUER,
    audience: values.OIDC_AUDIENCE,
    clientId: values.OIDC_CLIENT_ID,
    clientSecret: values.OIDC_CLIENT_SECRET,
    rolesClaim: values.OIDC_ROLES_CLAIM,
    groupsClaim: values.OIDC_GROUPS_CLAIM,
    tenantsClaim: values.OIDC_TENANTS_CLAIM,
    authorizedParties: values.OIDC_AUTHORIZED_PARTIES,
  };
}

function documentsOf(values: z.output<typeof environmentShape>): DocumentSettings {
  const bytesMax = values.DOCUMENT_BYTES_MAX;
  if (values.DOCUMENT_STORE === "database") return { store: "database", bytesMax };
  if (values.DOCUMENT_STORE === "folder") {
    const folder = values.DOCUMENT_FOLDER ?? (isInMemory(values.DATA_DIR) ? undefined : `${values.DATA_DIR}/documents`);
    if (folder !== undefined) return { store: "folder", folder, bytesMax };
    throw new InvalidSettings("Expected DOCUMENT_FOLDER, because DOCUMENT_STORE is folder, but it is missing.");
  }
  const {
    DOCUMENT_S3_ENDPOINT: endpoint,
    DOCUMENT_S3_BUCKET: bucket,
    DOCUMENT_S3_ACCESS_KEY_ID: accessKeyId,
    DOCUMENT_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = values;
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey)
    throw new InvalidSettings(
      "Expected DOCUMENT_S3_ENDPOINT, _BUCKET, _ACCESS_KEY_ID and _SECRET_ACCESS_KEY, because DOCUMENT_STORE is s3, but one is missing.",
    );
  const [region, prefix] = [values.DOCUMENT_S3_REGION, values.DOCUMENT_S3_PREFIX];
  return { store: "s3", bytesMax, storage: { endpoint, bucket, region, prefix, accessKeyId, secretAccessKey } };
}

/** Without authentication everyone who reaches the port is the administrator: so only this machine may reach it. */
function assertSafe(settings: Settings): void {
  if (!settings.authentication.includes("none")) return;
  if (settings.authentication.length > 1)
    throw new InvalidSettings("Expected AUTHENTICATION none alone, but it stands beside other methods.");
  if (isLoopback(settings.host)) return;
  throw new InvalidSettings(
    `Expected HOST to be a loopback address, because AUTHENTICATION is none, but it is ${settings.host}. Set AUTHENTICATION=basic,token (or oidc) to listen there.`,
  );
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function sayIssue(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? "environment");
  const expected: Record<string, string> = {
    PORT: "a port between 0 and 65535",
    DATABASE_URL: "a URL like postgres://user@host:5432/database",
    LOG_LEVEL: "one of fatal, error, warn, info, debug, trace, silent",
    AUTHENTICATION: "none, or a list of basic, token, oidc",
    SEPARATION_OF_DUTIES: "standard or three-person",
  };
  return `Expected ${name} to be ${expected[name] ?? "a valid value"}, but it is not: ${issue.message}.`;
}
