/** User task transitions as the commands ask for them. */
import type { UserTasks } from "../core/machine.ts";
import { nextListener, startTransition } from "./user-task-transition.ts";

export const userTasks: UserTasks = { start: startTransition, nextListener };
