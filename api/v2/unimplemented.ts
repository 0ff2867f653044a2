/**
 * Paths of the Camunda 8.9 contract that this server knows and does not carry out: 501 with a reason, so that a client
 * can tell "not here" from "mistyped". They are no part of our OpenAPI document.
 */
import { z } from "zod";
import { type Method, type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";

/** Who may do what is a matter of roles here; permissions on single resources by owner would be stored and govern nothing. */
const known: readonly (readonly [Method, string])[] = [
  ["post", "/authorizations"],
  ["post", "/authorizations/search"],
  ["get", "/authorizations/{id}"],
  ["put", "/authorizations/{id}"],
  ["delete", "/authorizations/{id}"],
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
        "Expected an operation that this server carries out, but permissions come from roles here: assign a role instead.",
      );
    },
  });
});
