/** A published message as a row. */
import type { RowObject } from "../../../store/index.ts";
import type { EpochMs, JsonObject, Key } from "../../core/json.ts";
import { messageMatch } from "../match.ts";

export interface Message {
  readonly key: Key;
  readonly name: string;
  readonly correlationKey: string;
  readonly timeToLiveMs: number;
  readonly messageId: string | null;
  readonly variables: JsonObject;
  readonly tenantId: string;
}

export function messageRow(message: Message, at: EpochMs): RowObject {
  return {
    key: message.key,
    name: message.name,
    correlation_key: message.correlationKey,
    match: messageMatch(message.tenantId, message.name, message.correlationKey),
    message_id: message.messageId,
    published_at: at,
    expires_at: at + message.timeToLiveMs,
    pending: true,
    variables: message.variables,
    tenant_id: message.tenantId,
  };
}
