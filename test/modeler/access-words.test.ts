/** The web application's words for permissions: they name what the server knows, all of it and nothing else. */
import { describe, expect, it } from "vitest";
import { permissions } from "../../api/auth/permissions.ts";
import { resourcePermissions, userTaskProperties } from "../../api/auth/resource-permissions.ts";
import { isPermitted, policyThing, processThing } from "../../modeler/src/app/may.ts";
import { navigation } from "../../modeler/src/app/navigation.ts";
import { resourceText, resourceTypes, taskProperties } from "../../modeler/src/pages/access/authorization-words.ts";
import { permissionAreas } from "../../modeler/src/pages/access/permission-words.ts";

describe("the words for permissions", () => {
  it("S12 say what each permission of the server lets one do, and know no other", () => {
    const told = permissionAreas.flatMap(({ words }) => words.map(([permission]) => permission));
    expect([...told].sort()).toEqual([...permissions].sort());
    const asked = navigation.flatMap(({ links }) => links.map(({ permission }) => permission));
    expect(asked.filter((permission) => !told.includes(permission))).toEqual([]);
  });

  it("S12 offer the permission types that belong to each type of resource", () => {
    const offered = Object.fromEntries(
      resourceTypes.map(({ type, permissions }) => [type, permissions.map(([name]) => name).sort()]),
    );
    const known = Object.entries(resourcePermissions).map(([type, names]) => [type, [...names].sort()]);
    expect(offered).toEqual(Object.fromEntries(known));
    expect(taskProperties.map(([name]) => name)).toEqual([...userTaskProperties]);
  });

  it("tell a resource in words", () => {
    const on = (resourceType: string, resourceId: string | null, resourcePropertyName: string | null = null) =>
      resourceText({ resourceType, resourceId, resourcePropertyName });
    expect(on("PROCESS_DEFINITION", "refund")).toBe("Process refund");
    expect(on("PROCESS_DEFINITION", "*")).toBe("All processes");
    expect(on("USER_TASK", null, "assignee")).toBe("Tasks assigned to them");
    expect(on("SYSTEM", "*")).toBe("The server itself");
    expect(on("SOMETHING_NEW", "x")).toBe("Something new x");
  });
});

describe("what a page takes somebody to may", () => {
  const session = {
    permissions: ["instance:read", "instance:start", "policy:read"],
    limitedPermissions: ["instance:start", "policy:read"],
    authorizations: [
      { resourceType: "PROCESS_DEFINITION", resourceId: "refund", permissionTypes: ["CREATE_PROCESS_INSTANCE"] },
      { resourceType: "POLICY", resourceId: "*", permissionTypes: ["READ"] },
    ],
  };
  const start = (processId: string) => processThing(processId, "CREATE_PROCESS_INSTANCE");

  it("S12 is what a role gives for everything, and what was given on the one thing or on all of its type", () => {
    expect(isPermitted(session, "instance:read", processThing("payout", "READ_PROCESS_INSTANCE"))).toBe(true);
    expect(isPermitted(session, "instance:start", start("refund"))).toBe(true);
    expect(isPermitted(session, "instance:start", start("payout"))).toBe(false);
    expect(isPermitted(session, "instance:start", undefined)).toBe(true);
    expect(isPermitted(session, "instance:start", "everything")).toBe(false);
    expect(isPermitted(session, "policy:read", policyThing("refund", "READ"))).toBe(true);
    expect(isPermitted(session, "policy:release", policyThing("refund", "RELEASE"))).toBe(false);
  });
});
