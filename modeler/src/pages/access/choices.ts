/** What can be picked where a permission is given: owners and resources that exist. */
import { useQuery } from "@tanstack/react-query";
import { listAccounts } from "../../api/accounts.ts";
import type { AuthorizationOwner } from "../../api/authorizations.ts";
import { type Entry, listEntries } from "../../api/directory.ts";
import { listPolicies } from "../../api/policies.ts";
import { listDecisionIds, listProcessDefinitions, listRequirementsIds } from "../../api/processes.ts";
import type { IdSource } from "./authorization-words.ts";
import type { Choice } from "./pick-field.tsx";

type Load = (signal: AbortSignal) => Promise<readonly Choice[]>;

const named = (value: string, name: string | null): Choice => ({
  value,
  text: name === null || name === "" || name === value ? value : `${name} (${value})`,
});
const entries = (items: readonly Entry[]): readonly Choice[] => items.map(({ id, name }) => named(id, name));

async function accounts(isPerson: boolean, signal: AbortSignal): Promise<readonly Choice[]> {
  const all = await listAccounts(signal);
  return all
    .filter(({ kind }) => (kind === "human") === isPerson)
    .map(({ accountId, displayName }) => named(accountId, displayName));
}

const ownerLoads: Readonly<Record<AuthorizationOwner, Load>> = {
  USER: (signal) => accounts(true, signal),
  CLIENT: (signal) => accounts(false, signal),
  GROUP: async (signal) => entries(await listEntries("group", signal)),
  ROLE: async (signal) => entries(await listEntries("role", signal)),
  MAPPING_RULE: async (signal) => entries(await listEntries("mappingRule", signal)),
};

async function processes(signal: AbortSignal): Promise<readonly Choice[]> {
  const names = new Map<string, string | null>();
  for (const { processDefinitionId, name } of await listProcessDefinitions(undefined, signal))
    if (!names.has(processDefinitionId)) names.set(processDefinitionId, name);
  return [...names].map(([id, name]) => named(id, name));
}

const requirements: Load = async (signal) => (await listRequirementsIds(signal)).map(([id, name]) => named(id, name));

const resourceLoads: Readonly<Partial<Record<IdSource, Load>>> = {
  processes,
  requirements,
  decisions: async (signal) => (await listDecisionIds(signal)).map(([id, name]) => named(id, name)),
  policies: async (signal) => (await listPolicies({}, signal)).map(({ policyId, name }) => named(policyId, name)),
  people: ownerLoads.USER,
  groups: ownerLoads.GROUP,
  roles: ownerLoads.ROLE,
  rules: ownerLoads.MAPPING_RULE,
  tenants: async (signal) => entries(await listEntries("tenant", signal)),
  resources: async (signal) => (await Promise.all([processes(signal), requirements(signal)])).flat(),
};

export function useOwnerChoices(kind: AuthorizationOwner) {
  return useQuery({
    queryKey: ["access-choices", "owner", kind],
    queryFn: ({ signal }) => ownerLoads[kind](signal),
    staleTime: 30_000,
  });
}

/** Nothing to pick from where ids are written by hand. */
export function useResourceChoices(source: IdSource) {
  return useQuery({
    queryKey: ["access-choices", "resource", source],
    queryFn: ({ signal }) => resourceLoads[source]?.(signal) ?? [],
    staleTime: 30_000,
  });
}
