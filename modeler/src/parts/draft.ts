/** Unsaved work, kept in the browser until it is deployed or thrown away: closing the page loses nothing. */
export interface Draft {
  /** The model as text: XML, or the JSON of a form. */
  readonly text: string;
  readonly at: number;
}

const place = (key: string) => `interlock:draft:${key}`;

export function readDraft(key: string): Draft | null {
  try {
    const kept = localStorage.getItem(place(key));
    if (kept === null) return null;
    const draft = JSON.parse(kept) as Partial<Draft>;
    return typeof draft.text === "string" && typeof draft.at === "number" ? { text: draft.text, at: draft.at } : null;
  } catch {
    return null;
  }
}

export function keepDraft(key: string, text: string): void {
  try {
    localStorage.setItem(place(key), JSON.stringify({ text, at: Date.now() } satisfies Draft));
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
