/** The help desk of the demo: a few articles to search, the answers that were sent, the tickets that were opened. */
import { type JsonServer, startJsonServer } from "../../demo/json-server.ts";

interface Article {
  readonly id: string;
  readonly title: string;
  readonly words: readonly string[];
  readonly text: string;
}

export interface HelpEntry {
  readonly kind: "answer" | "ticket";
  readonly questionId: string;
}

export interface HelpService extends JsonServer {
  /** What was sent and opened, oldest first. */
  entries(): HelpEntry[];
}

const articles: readonly Article[] = [
  {
    id: "HELP-1",
    title: "How long a delivery takes",
    words: ["deliver", "parcel", "arrive"],
    text: "Parcels arrive within two to four working days.",
  },
  {
    id: "HELP-2",
    title: "Delivery of bulky goods",
    words: ["deliver", "bulky", "furniture"],
    text: "Bulky goods are delivered by appointment.",
  },
  {
    id: "HELP-3",
    title: "Changing an order",
    words: ["change", "cancel", "order"],
    text: "An order can be changed until it is packed.",
  },
  {
    id: "HELP-4",
    title: "Warranty",
    words: ["warranty", "guarantee", "liable"],
    text: "The statutory warranty is two years from delivery.",
  },
];

const foundMax = 3;

/** Starts the service; port 0 takes a free one. A repeated Idempotency-Key sends and opens nothing again. */
export async function startHelpService(port: number): Promise<HelpService> {
  const written = new Map<string, HelpEntry>();
  const server = await startJsonServer(port, ({ method, path, body, idempotencyKey }) => {
    if (method !== "POST") return { status: 405, body: { message: "Expected POST." } };
    if (path.join("/") === "articles/search") {
      const query = String(body.query ?? "").toLowerCase();
      const found = articles.filter(({ words }) => words.some((word) => query.includes(word))).slice(0, foundMax);
      return { status: 200, body: { articles: found.map(({ id, title, text }) => ({ id, title, text })) } };
    }
    const kind = path[0] === "answers" ? "answer" : path[0] === "tickets" ? "ticket" : undefined;
    if (kind === undefined) return { status: 404, body: { message: "Expected articles/search, answers or tickets." } };
    const key = idempotencyKey ?? `without-key-${written.size}`;
    const entry = written.get(key) ?? { kind, questionId: String(body.questionId ?? "") };
    written.set(key, entry);
    return { status: 201, body: { id: `${kind}-${[...written.keys()].indexOf(key) + 1}`, status: "done" } };
  });
  return { ...server, entries: () => [...written.values()] };
}
