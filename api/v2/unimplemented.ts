/**
 * Paths of the Camunda 8.9 contract that this server knows and does not carry out: 501 with a reason, so that a client
 * can tell "not here" from "mistyped". They are no part of our OpenAPI document.
 */
import { z } from "zod";
import { type Method, type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";

const known: readonly (readonly [Method, string])[] = [
  // Identity: our own surface is /auth
  ...["users", "groups", "roles", "tenants", "mapping-rules", "authorizations"].flatMap(
    (resource): (readonly [Method, string])[] => [
      ["post", `/${resource}`],
      ["post", `/${resource}/search`],
      ["get", `/${resource}/{id}`],
      ["put", `/${resource}/{id}`],
      ["patch", `/${resource}/{id}`],
      ["delete", `/${resource}/{id}`],
      ...["users", "clients", "groups", "roles", "mapping-rules"].flatMap((member): (readonly [Method, string])[] => [
        ["post", `/${resource}/{id}/${member}/search`],
        ["put", `/${resource}/{id}/${member}/{memberId}`],
        ["delete", `/${resource}/{id}/${member}/{memberId}`],
      ]),
    ],
  ),
  ["post", "/setup/user"],
];

export const knownUnimplemented: readonly Operation[] = known.map(([method, path], index) => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  return operation({
    id: `unimplemented${index}`,
    method,
    path,
    group: "Unimplemented",
    summary: "Known, not carried out",
    access: "any",
    params: z.strictObject(Object.fromEntries(names.map((name) => [name, z.string()]))),
    query: z.looseObject({}),
    replies: {},
    handle: () => {
      throw new Problem(
        "UNIMPLEMENTED",
        "Expected an operation that this server carries out, but this one it only knows by name.",
      );
    },
  });
});
