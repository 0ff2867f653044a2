/** What an instance draws on its diagram: states of elements, flows that were taken. */

/** What is drawn on one element. */
export interface Decoration {
  /** Element instances that run now. */
  readonly running: number;
  readonly completed: number;
  readonly incidents: number;
  /** Waits for a person's approval. */
  readonly waiting: number;
}

export interface Decorations {
  readonly elements: ReadonlyMap<string, Decoration>;
  readonly flows: ReadonlySet<string>;
}
