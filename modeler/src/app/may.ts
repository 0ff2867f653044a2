/**
 * What the signed-in person may do, as far as a page can know it: a button that leads to a refusal is no help. The server
 * decides all the same, and its refusals are told where they happen.
 */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { getSession, type Session } from "../api/session.ts";

export function useSession(): UseQueryResult<Session> {
  return useQuery({ queryKey: ["session"], queryFn: ({ signal }) => getSession(signal), staleTime: 60_000 });
}

/** What an act is about, and the permission on it that stands for the act. */
export interface Thing {
  readonly resourceType: string;
  readonly permission: string;
  /** Absent: any one of the type will do (a list of them). */
  readonly resourceId?: string;
}

/** `thing`: "everything" where only a role will do. */
export type May = (permission: string, thing?: Thing | "everything") => boolean;

/**
 * Whether they have a permission ("instance:start"), by a role for everything, or by what was given to them on single
 * resources; with `thing`, on this one. While it is not known who asks: yes.
 */
export function useMay(): May {
  const { data: session } = useSession();
  return (permission, thing) => session === undefined || isPermitted(session, permission, thing);
}

export function isPermitted(
  session: Pick<Session, "permissions" | "limitedPermissions" | "authorizations">,
  permission: string,
  thing: Thing | "everything" | undefined,
): boolean {
  if (!session.permissions.includes(permission)) return false;
  if (thing === undefined || !session.limitedPermissions.includes(permission)) return true;
  if (thing === "everything") return false;
  return session.authorizations.some(
    ({ resourceType, resourceId, permissionTypes }) =>
      resourceType === thing.resourceType &&
      (thing.resourceId === undefined || resourceId === "*" || resourceId === thing.resourceId) &&
      permissionTypes.includes(thing.permission),
  );
}

export function policyThing(policyId: string, permission: string): Thing {
  return { resourceType: "POLICY", resourceId: policyId, permission };
}

export function processThing(processId: string, permission: string): Thing {
  return { resourceType: "PROCESS_DEFINITION", resourceId: processId, permission };
}
