/** What a run of tests needs before its first file (vitest's `globalSetup`). */
import { makeEmptyStore } from "./empty-store.ts";

export const setup = makeEmptyStore;
