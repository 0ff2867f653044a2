/** What a colour says: nothing, good, look here, bad, goes on, decided or proposed by a machine. */
export type Tone = "neutral" | "ok" | "warn" | "bad" | "info" | "agent";
