/**
 * Secrets and settings in connector configuration: `{{secrets.NAME}}` is replaced just before the call.
 * Source of values: environment variables INTERLOCK_SECRET_<NAME>, then settings of deployed packages.
 */

export interface SecretSource {
  /** The value, or undefined when no such secret is configured. */
  get(name: string): string | undefined;
}

const placeholder = /\{\{\s*secrets\.([A-Za-z0-9_]{1,64})\s*\}\}/g;

export function secretSource(
  environment: Readonly<Record<string, string | undefined>>,
  settings: ReadonlyMap<string, string> = new Map(),
): SecretSource {
  return { get: (name) => environment[`INTERLOCK_SECRET_${name}`] ?? settings.get(name) };
}

/** Replaces every placeholder. Throws when a secret is not configured: a call with a hole in it must not leave. */
export function resolveSecrets(text: string, secrets: SecretSource): string {
  return text.replace(placeholder, (_, name: string) => {
    const value = secrets.get(name);
    if (value === undefined)
      throw new Error(`Expected a secret named ${name}, but none is configured. Set INTERLOCK_SECRET_${name}.`);
    return value;
  });
}
