/**
 * The HTTP connector: jobs of type `interlock:http` (configured by task headers, so that a guarded job's variables are
 * nothing but its approved arguments) and `io.camunda:http-json:1` (configured by input mappings, as in Camunda's
 * diagrams). A header that starts with `=` is FEEL over the job's variables. The idempotency key of the job travels as
 * `Idempotency-Key`: a retry after a crash carries the same one.
 */
import type { JsonObject, JsonValue } from "../core/json.ts";
import { callOutside, type EgressRule } from "./egress.ts";
import { type ConnectorOutcome, evaluateOver, judgeAnswer } from "./result.ts";
import { type SecretSource, type SecretUse, secretsOfCall } from "./secrets.ts";
import { traceHeaders } from "./trace-header.ts";

export interface HttpJob {
  readonly headers: Readonly<Record<string, string>>;
  readonly variables: JsonObject;
  readonly idempotencyKey: string;
  readonly tenantId: string;
}

export interface HttpConnectorOptions {
  readonly secrets: SecretSource;
  readonly egress: readonly EgressRule[];
}

const timeoutMsDefault = 20_000;

/** A setting by name: a job variable (Camunda's way) or a task header, FEEL when it starts with `=`. */
function setting(job: HttpJob, name: string): JsonValue | undefined {
  const header = job.headers[name];
  if (header !== undefined) return header.trim().startsWith("=") ? evaluateOver(header, job.variables) : header;
  return Object.hasOwn(job.variables, name) ? job.variables[name] : undefined;
}

/** As `setting`, but only from where this job's type takes its configuration, so that data never becomes configuration. */
const configuredBy = (job: HttpJob, byVariables: boolean) => (name: string) =>
  byVariables ? setting(job, name) : job.headers[name] === undefined ? undefined : setting(job, name);

function texts(value: JsonValue | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  if (value === null || typeof value !== "object" || Array.isArray(value)) return found;
  for (const [name, entry] of Object.entries(value))
    if (entry !== null) found[name] = typeof entry === "string" ? entry : JSON.stringify(entry);
  return found;
}

function authorization(authentication: JsonValue | undefined, secrets: SecretUse): Record<string, string> {
  const { type, token, username, password, name, value } = texts(authentication);
  if (type === "bearer" && token) return { authorization: `Bearer ${secrets.resolve(token)}` };
  if (type === "basic") {
    const pair = `${secrets.resolve(username ?? "")}:${secrets.resolve(password ?? "")}`;
    return { authorization: `Basic ${secrets.alsoKnownAs(Buffer.from(pair).toString("base64"))}` };
  }
  if (type === "apiKey" && name && value) return { [name.toLowerCase()]: secrets.resolve(value) };
  return {};
}

function parseBody(text: string): JsonValue {
  if (text === "") return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/**
 * Performs the job's call and says what becomes of the job. Configuration errors are failures without a retry. Secrets
 * that went out are in nothing that comes back: not in results, not in messages of errors.
 */
export async function runHttpJob(
  job: HttpJob,
  byVariables: boolean,
  options: HttpConnectorOptions,
  signal?: AbortSignal,
): Promise<ConnectorOutcome> {
  const secrets = secretsOfCall(options.secrets);
  try {
    return await performHttpJob(job, byVariables, { ...options, secrets }, signal);
  } catch (error) {
    if (error instanceof Error) error.message = secrets.conceal(error.message);
    throw error;
  }
}

async function performHttpJob(
  job: HttpJob,
  byVariables: boolean,
  options: { readonly secrets: SecretUse; readonly egress: readonly EgressRule[] },
  signal?: AbortSignal,
): Promise<ConnectorOutcome> {
  const read = configuredBy(job, byVariables);
  const { secrets } = options;
  const method = String(read("method") ?? "GET").toUpperCase();
  const url = new URL(secrets.resolve(String(read("url") ?? "")));
  for (const [name, value] of Object.entries(texts(read("queryParameters")))) url.searchParams.set(name, value);
  const body = read("body");
  const headers: Record<string, string> = {
    accept: "application/json",
    "idempotency-key": job.idempotencyKey,
    ...traceHeaders(),
    ...(body === undefined || method === "GET" ? {} : { "content-type": "application/json" }),
    ...authorization(read("authentication"), secrets),
  };
  for (const [name, value] of Object.entries(texts(read("headers"))))
    headers[name.toLowerCase()] = secrets.resolve(value);
  const timeoutSeconds = Number(read("connectionTimeoutInSeconds") ?? Number.NaN);
  const answer = await callOutside(
    {
      method,
      url: url.href,
      headers,
      body:
        body === undefined || method === "GET"
          ? null
          : typeof body === "string"
            ? secrets.resolve(body)
            : JSON.stringify(body),
      tenantId: job.tenantId,
      timeoutMs: Number.isFinite(timeoutSeconds) ? timeoutSeconds * 1000 : timeoutMsDefault,
      ...(signal ? { signal } : {}),
    },
    options.egress,
  );
  const text = secrets.conceal(answer.text);
  const answered = Object.entries(answer.headers).map(([name, value]) => [name, secrets.conceal(String(value))]);
  const response: JsonObject = { status: answer.status, headers: Object.fromEntries(answered), body: parseBody(text) };
  const failure =
    answer.status < 400
      ? null
      : `Expected a successful answer from ${url.host}, but it said ${answer.status}: ${text.slice(0, 300)}`;
  return judgeAnswer(job.headers, response, job.variables, failure);
}
