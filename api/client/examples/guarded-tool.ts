/**
 * A tool behind the guard: the agent is made as before, with the guarded tool in the old one's place. Whether the mail
 * may be sent, to whom and with what changes, the released policies of the server say; a refusal is a result that the
 * model reads. Run: `node dist/api/client/examples/guarded-tool.js`.
 */
import { isRefusal, withGuard } from "../index.ts";

async function sendEmail({ to, subject }: { readonly to: string; readonly subject: string }): Promise<string> {
  return `sent "${subject}" to ${to}`;
}

const guardedSendEmail = withGuard(sendEmail, { actionType: "send_email", target: "email_service" });

const result: unknown = await guardedSendEmail({ to: "ann@example.org", subject: "Your refund" });
process.stdout.write(`${isRefusal(result) ? `refused: ${result.message}` : String(result)}\n`);
