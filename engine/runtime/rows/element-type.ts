/** Element types as REST v2 writes them: serviceTask → SERVICE_TASK. */
import type { ElementInstanceType } from "../../core/event.ts";

const known = new Map<ElementInstanceType, string>([["adHocInnerInstance", "AD_HOC_SUB_PROCESS_INNER_INSTANCE"]]);

export function restTypeOf(type: ElementInstanceType): string {
  let text = known.get(type);
  if (text === undefined) {
    text = type.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    known.set(type, text);
  }
  return text;
}
