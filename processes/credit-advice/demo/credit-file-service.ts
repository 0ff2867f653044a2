/** The credit file of the demo: companies with their figures, and the advice that was written about them. */
import { type JsonReply, type JsonServer, startJsonServer } from "../../demo/json-server.ts";

interface Company {
  readonly companyId: string;
  readonly name: string;
  readonly daysLate: number;
  readonly equityRatio: number;
  readonly profits: readonly number[];
}

export interface Advice {
  readonly requestId: string;
  readonly recommendation: string;
  readonly amount: number;
}

export interface CreditFileService extends JsonServer {
  /** What was written into the file, oldest first. */
  advice(): Advice[];
}

const companies = new Map(
  [
    { companyId: "F-100", name: "Alder Joinery", daysLate: 3, equityRatio: 0.34, profits: [61_000, 74_000, 88_000] },
    { companyId: "F-200", name: "Birch Logistics", daysLate: 41, equityRatio: 0.12, profits: [12_000, 9_000, 15_000] },
    { companyId: "F-300", name: "Cedar Trading", daysLate: 87, equityRatio: 0.22, profits: [40_000, 22_000, 31_000] },
  ].map((company: Company) => [company.companyId, company]),
);

const notFound = (what: string): JsonReply => ({ status: 404, body: { message: `Expected a known ${what}.` } });

/** Starts the service; port 0 takes a free one. A repeated Idempotency-Key writes nothing again. */
export async function startCreditFileService(port: number): Promise<CreditFileService> {
  const written = new Map<string, Advice>();
  const server = await startJsonServer(port, ({ method, path, body, idempotencyKey }) => {
    const [collection, id, part] = path;
    if (collection === "advice" && method === "POST") {
      const key = idempotencyKey ?? `without-key-${written.size}`;
      const entry = written.get(key) ?? (body as unknown as Advice);
      written.set(key, entry);
      return { status: 201, body: { adviceId: `advice-${[...written.keys()].indexOf(key) + 1}`, ...entry } };
    }
    const company = companies.get(id ?? "");
    if (collection !== "companies" || method !== "GET" || company === undefined) return notFound("company");
    const { profits, ...visible } = company;
    if (part === undefined) return { status: 200, body: visible };
    const statements = profits.map((profit, index) => ({ year: 2023 + index, profit }));
    return part === "statements" ? { status: 200, body: { companyId: id, statements } } : notFound("part");
  });
  return { ...server, advice: () => [...written.values()] };
}
