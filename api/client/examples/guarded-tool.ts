/**
 * A tool behind the guard: the agent is made as before, with the guarded tool in the old one's place. Whether the mail
 * may be sent, to whom and with what changes, the released policies of the server say; a refusal is a result that the
 * model reads. Run: `node dist/api/client/examples/guarded-tool.js`.
 */
import { pathToFileURL } from "node:url";
import { type ConnectionOptions, isRefusal, withGuard } from "../index.ts";

/** What was sent, so that it can be seen. */
export const outbox: string[] = [];

async function sendEmail({ to, subject }: { readonly to: string; readonly subject: string }): Promise<string> {
  outbox.push(to);
  return `sent "${subject}" to ${to}`;
}

export async function sendGuarded(connection: ConnectionOptions = {}): Promise<string> {
  const guarded = withGuard(sendEmail, { ...connection, actionType: "send_email", target: "email_service" });
  const result: unknown = await guarded({ to: "ann@example.org", subject: "Your refund" });
  return isRefusal(result) ? `refused: ${result.message}` : String(result);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.stdout.write(`${await sendGuarded()}\n`);
