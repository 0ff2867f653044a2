/**
 * The caller of a server without authentication: everybody is the administrator. Who a person says they are is believed,
 * so that records carry names and duties can be tried out on one machine: `Interlock-Actor: alice; groups=a,b`.
 */
import type { IncomingMessage } from "node:http";
import { Problem } from "../http/problem.ts";
import type { Caller } from "./caller.ts";
import { permissionsOf } from "./permissions.ts";

const everything = permissionsOf(["administrator"]);
const anonymous: Caller = {
  id: "anonymous",
  name: null,
  email: null,
  type: "human",
  groups: [],
  roles: ["administrator"],
  permissions: everything,
  tenantIds: ["<default>"],
  method: "none",
};

const form = /^([A-Za-z0-9_@.+-]{1,256})((?:\s*;\s*(?:groups|type)=[A-Za-z0-9_@.+,-]{0,1000})*)$/;

export function declaredCaller(request: IncomingMessage): Caller {
  const header = request.headers["interlock-actor"];
  if (header === undefined) return anonymous;
  const match = form.exec(String(header));
  if (match === null)
    throw new Problem(
      "INVALID_ARGUMENT",
      "Expected Interlock-Actor: name; groups=a,b; type=human, but the header has another form.",
    );
  const parameters = new Map((match[2] ?? "").split(";").map((part) => part.trim().split("=", 2) as [string, string]));
  const type = parameters.get("type") ?? "human";
  return {
    ...anonymous,
    id: match[1]!,
    type: type === "agent" || type === "service" ? type : "human",
    groups: (parameters.get("groups") ?? "").split(",").filter((name) => name !== ""),
  };
}
