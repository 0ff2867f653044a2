/**
 * Tools of a Model Context Protocol server as they were approved: a digest of each definition. A server that changes a
 * tool afterwards, adds one, or offers two of one name, finds it switched off until somebody has approved it anew.
 */
import { type AnyFunction, call, memberOf, textAt } from "./tool-call.ts";

/** Tool name → digest of its definition. */
export type ToolPins = Readonly<Record<string, string>>;

const pagesMax = 100;

/** The digests of all tools that the server offers now: what an approver keeps. */
export async function toolPins(client: object): Promise<ToolPins> {
  return Object.fromEntries(await digestsOf(await listedTools(client)));
}

/** The tools of a listing that are as they were approved. */
export async function pinnedTools(tools: readonly unknown[], pins: ToolPins): Promise<readonly unknown[]> {
  const digests = await digestsOf(tools);
  return tools.filter((tool) => {
    const name = textAt(tool, "name");
    return name !== undefined && Object.hasOwn(pins, name) && digests.get(name) === pins[name];
  });
}

export async function isPinned(client: object, name: string, pins: ToolPins): Promise<boolean> {
  const tools = await pinnedTools(await listedTools(client), pins);
  return tools.some((tool) => textAt(tool, "name") === name);
}

async function listedTools(client: object): Promise<readonly unknown[]> {
  const tools: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await (call(client, "listTools", [
      cursor === undefined ? {} : { cursor },
    ]) as ReturnType<AnyFunction>);
    const found = memberOf(listed, "tools");
    if (Array.isArray(found)) tools.push(...(found as unknown[]));
    cursor = textAt(listed, "nextCursor");
    if (cursor === undefined) return tools;
  }
  throw new RangeError(`Expected at most ${pagesMax} pages of tools, but the server has more.`);
}

/** A name that is there twice has no digest: which of the two would run is not for the client to guess. */
async function digestsOf(tools: readonly unknown[]): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const tool of tools) {
    const name = textAt(tool, "name");
    if (name !== undefined) digests.set(name, digests.has(name) ? "ambiguous" : await digest(tool));
  }
  return digests;
}

async function digest(tool: unknown): Promise<string> {
  const bytes = await globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(sorted(tool)));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** JSON with sorted members: the same definition gives the same bytes. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
