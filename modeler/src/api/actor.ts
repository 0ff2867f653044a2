/**
 * Who one acts as on a server without authentication: it believes the header `Interlock-Actor`, so that records carry
 * names and duties can be tried out on one machine. A server with authentication does not look at it.
 */
export interface Actor {
  readonly name: string;
  readonly groups: readonly string[];
}

const place = "interlock:actor";

export function storedActor(): Actor | null {
  try {
    const actor = JSON.parse(localStorage.getItem(place) ?? "null") as Partial<Actor> | null;
    return typeof actor?.name === "string" && Array.isArray(actor.groups)
      ? { name: actor.name, groups: actor.groups.map(String) }
      : null;
  } catch {
    return null;
  }
}

/** Null goes back to being nobody in particular. */
export function storeActor(actor: Actor | null): void {
  if (actor === null) localStorage.removeItem(place);
  else localStorage.setItem(place, JSON.stringify(actor));
}

/** The header, "alice; groups=a,b; type=human", or none. */
export function actorHeader(): Readonly<Record<string, string>> {
  const actor = storedActor();
  return actor === null ? {} : { "interlock-actor": `${actor.name}; groups=${actor.groups.join(",")}; type=human` };
}

/** What the header can carry: names and groups without spaces. */
export const actorPattern = "[A-Za-z0-9_@.+\\-]{1,256}";
export const groupsPattern = "[A-Za-z0-9_@.+,\\- ]*";
