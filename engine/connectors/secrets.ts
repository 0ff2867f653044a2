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

/** The secrets of one call: put in on the way out, taken out of whatever comes back. */
export interface SecretUse {
  /** Replaces every placeholder. Throws when a secret is not configured: a call with a hole in it must not leave. */
  resolve(text: string): string;
  /** A form of a secret that leaves as well, such as the base64 of name and password. */
  alsoKnownAs(form: string): string;
  /** The text without the values that were put in: a service may echo what it was sent, an error may quote it. */
  conceal(text: string): string;
}

/** Shorter ones would be found everywhere; whoever has such a secret has none. */
const concealedCharactersMin = 6;

export function secretsOfCall(secrets: SecretSource): SecretUse {
  const used = new Map<string, string>();
  const remember = (value: string, name: string): void => {
    if (value.length < concealedCharactersMin || isAddress(value)) return;
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) used.set(form, name);
  };
  return {
    resolve: (text) =>
      text.replace(placeholder, (_, name: string) => {
        const value = secrets.get(name);
        if (value === undefined)
          throw new Error(`Expected a secret named ${name}, but none is configured. Set INTERLOCK_SECRET_${name}.`);
        remember(value, name);
        return value;
      }),
    alsoKnownAs(form) {
      remember(form, "credentials");
      return form;
    },
    conceal(text) {
      let concealed = text;
      for (const [value, name] of used) concealed = concealed.replaceAll(value, `[secret:${name}]`);
      return concealed;
    },
  };
}

/** Where a service is stands in settings of the same form; it is nothing to hide, and answers hold links to it. */
function isAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username === "" && password === "" && search === "" && hash === "";
}
