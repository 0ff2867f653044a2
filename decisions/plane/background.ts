/**
 * What the plane does by itself, each on its own pause: one task never overlaps itself, an error is reported and tried
 * again at the next turn, and stopping waits for what is running.
 */

export interface BackgroundTask {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<unknown>;
}

export interface Background {
  start(): void;
  stop(): Promise<void>;
}

export function createBackground(
  tasks: readonly BackgroundTask[],
  onError: (task: string, error: unknown) => void,
): Background {
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();
  let stopped = true;

  const turn = (task: BackgroundTask): void => {
    const work = task
      .run()
      .then(
        () => {},
        (error: unknown) => onError(task.name, error),
      )
      .then(() => {
        running.delete(task.name);
        if (!stopped) schedule(task);
      });
    running.set(task.name, work);
  };
  const schedule = (task: BackgroundTask): void => {
    timers.set(task.name, setTimeout(turn, task.everyMs, task).unref());
  };

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      for (const task of tasks) schedule(task);
    },
    async stop() {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      await Promise.all(running.values());
    },
  };
}
