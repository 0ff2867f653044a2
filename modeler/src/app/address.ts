/** Filters and selections live in the address bar, so that any view can be sent to a colleague. */
import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** Reads the parameters and changes some of them; null removes one. */
export function useAddress(): readonly [
  (name: string) => string | null,
  (changes: Readonly<Record<string, string | null>>, options?: { readonly replace?: boolean }) => void,
] {
  const [parameters, setParameters] = useSearchParams();
  const read = useCallback((name: string) => parameters.get(name), [parameters]);
  const change = useCallback(
    (changes: Readonly<Record<string, string | null>>, options?: { readonly replace?: boolean }) => {
      setParameters(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: options?.replace ?? true },
      );
    },
    [setParameters],
  );
  return [read, change];
}
