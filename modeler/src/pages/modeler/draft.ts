/** Unsaved work, kept in the browser until it is deployed or thrown away: closing the page loses nothing. */
export interface Draft {
  readonly xml: string;
  readonly at: number;
}

const place = (key: string) => `interlock:draft:${key}`;

export function readDraft(key: string): Draft | null {
  try {
    const text = localStorage.getItem(place(key));
    if (text === null) return null;
    const draft = JSON.parse(text) as Partial<Draft>;
    return typeof draft.xml === "string" && typeof draft.at === "number" ? { xml: draft.xml, at: draft.at } : null;
  } catch {
    return null;
  }
}

export function keepDraft(key: string, xml: string): void {
  try {
    localStorage.setItem(place(key), JSON.stringify({ xml, at: Date.now() } satisfies Draft));
  } catch {
    // A full or forbidden storage must not stop the work on the model.
  }
}

export function dropDraft(key: string): void {
  try {
    localStorage.removeItem(place(key));
  } catch {
    // Nothing was kept then.
  }
}
