/** The chip of a state of anything: instance, decision, approval, policy stage, agent. */
import { Chip } from "./chip.tsx";
import { stateLook } from "./states.ts";

export function StateChip({ state, title }: { readonly state: string; readonly title?: string }) {
  const look = stateLook(state);
  return (
    <Chip tone={look.tone} {...(title ? { title } : {})}>
      {look.text}
    </Chip>
  );
}
