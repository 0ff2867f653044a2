/** What the tests of change requests share: a server that asks for three people, and the deeds on a change. */
import { readFileSync } from "node:fs";
import { type Answered, call } from "../api/server.ts";
import { model } from "../engine/runtime/models.ts";
import { type Headers, openShop, type Shop } from "./approvals.ts";

export const everyRole = ["modeler", "reviewer", "deployer", "policy-owner", "policy-approver", "operator"];

/** A process that differs by a name; one id each, so that tests do not meet. */
export function processFile(id: string, name = "first"): Readonly<Record<string, string>> {
  const flow = `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f" sourceRef="start" targetRef="end" /><bpmn:endEvent id="end" name="${name}" />`;
  return { [`${id}.bpmn`]: model(id, flow) };
}

function formOf(files: Readonly<Record<string, string>>, fields: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, content] of Object.entries(files)) form.append("resources", new Blob([content]), name);
  return form;
}

export interface ThreePeople {
  readonly shop: Shop;
  /** Somebody of this tenant with these roles. */
  person(accountId: string, roles: readonly string[], tenants?: readonly string[]): Promise<Headers>;
  submit(
    who: Headers,
    files: Readonly<Record<string, string>>,
    fields?: Readonly<Record<string, string>>,
  ): Promise<Answered>;
  replace(who: Headers, changeId: string, files: Readonly<Record<string, string>>): Promise<Answered>;
  /** `deed`: approval, rejection, withdrawal, deployment. */
  does(who: Headers, deed: string, changeId: string, revision?: number): Promise<Answered>;
  read(who: Headers, changeId: string): Promise<Answered>;
  /** As every client deploys. */
  deploy(who: Headers, files: Readonly<Record<string, string>>, tenantId?: string): Promise<Answered>;
}

export async function openThreePeople(environment: Readonly<Record<string, string>>): Promise<ThreePeople> {
  const shop = await openShop(environment);
  const { server } = shop;
  const at = (changeId: string, rest = ""): string => `/governance/v1/changes/${changeId}${rest}`;
  return {
    shop,
    async person(accountId, roles, tenants = ["<default>"]) {
      await call(server, "POST", "/auth/accounts", { accountId, kind: "human", roles, tenants }, shop.admin);
      const path = `/auth/accounts/${accountId}/tokens`;
      const { json } = await call(server, "POST", path, { name: "test" }, shop.admin);
      return { authorization: `Bearer ${json.secret}` };
    },
    submit: (who, files, fields) =>
      call(server, "POST", "/governance/v1/changes", formOf(files, { title: "A change", ...fields }), who),
    replace: (who, changeId, files) => call(server, "PUT", at(changeId), formOf(files, { title: "A change" }), who),
    does: (who, deed, changeId, revision = 1) =>
      call(server, "POST", at(changeId, `/${deed}`), deed === "withdrawal" ? {} : { revision }, who),
    read: (who, changeId) => call(server, "GET", at(changeId), undefined, who),
    deploy: (who, files, tenantId) =>
      call(server, "POST", "/v2/deployments", formOf(files, tenantId === undefined ? {} : { tenantId }), who),
  };
}

const packageFile = (name: string) =>
  readFileSync(new URL(`../../decisions/policies/refund/${name}`, import.meta.url), "utf8");
let drafts = 0;

/** A version of the refund policy that says nothing new. */
export function writePolicy({ server }: Shop, who: Headers, more: object = {}): Promise<Answered> {
  const manifest = { ...JSON.parse(packageFile("policy.json")), description: `draft ${drafts++}`, ...more };
  const body = { manifest, dmn: packageFile("policy.dmn"), tests: JSON.parse(packageFile("tests.json")) };
  return call(server, "POST", "/governance/v1/policies", body, who);
}
