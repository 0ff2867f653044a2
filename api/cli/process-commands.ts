/** Processes: deploy, start, look, tasks, complete. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { jsonObject, required } from "./arguments.ts";
import type { Command } from "./command.ts";
import { followInstance } from "./follow.ts";
import { printDeployment } from "./print-deployment.ts";

/** How long `start --await` looks on. */
const awaitedMsMax = 10 * 60_000;

type Row = Readonly<Record<string, unknown>>;

export const processCommands: readonly Command[] = [
  {
    name: "deploy",
    usage: "deploy <file …>",
    summary: "Deploy models and forms, all or none",
    async run({ client, words, print }) {
      required(words[0], "at least one file");
      print.progress(words.length === 1 ? `Deploying ${words[0]}` : `Deploying ${words.length} files`);
      const deployment = await client.deploy(
        words.map((path) => ({ name: basename(path), content: readFileSync(path) })),
      );
      printDeployment(print, deployment);
    },
  },
  {
    name: "start",
    usage: "start <process id> [-v json] [--await]",
    summary: "Start a process instance; with --await, tell its steps until it ends (exit code 1: not completed)",
    async run({ client, words, options, print }) {
      const processDefinitionId = required(words[0], "the id of a process");
      const variables = options.variables === undefined ? {} : jsonObject(options.variables, "--variables");
      const started = await client.startProcess({ processDefinitionId, variables });
      if (!options.await) {
        print.record(started);
        return 0;
      }
      const state = await followInstance(client, started.processInstanceKey, Date.now() + awaitedMsMax, print.progress);
      const { items } = await client.search<{ name: string; value: string }>("variables", {
        filter: { processInstanceKey: started.processInstanceKey, scopeKey: started.processInstanceKey },
        page: { limit: 1000 },
      });
      print.record({
        ...started,
        state,
        variables: Object.fromEntries(items.map(({ name, value }) => [name, value])),
      });
      return state === "COMPLETED" ? 0 : 1;
    },
  },
  {
    name: "ps",
    usage: "ps [--state ACTIVE|COMPLETED|TERMINATED] [--limit n]",
    summary: "List process instances, newest first",
    async run({ client, options, print }) {
      const { items } = await client.search<Row>("process-instances", {
        filter: options.state === undefined ? {} : { state: options.state.toUpperCase() },
        sort: [{ field: "startDate", order: "DESC" }],
        page: { limit: Number(options.limit ?? 50) },
      });
      print.table(items, [
        "processInstanceKey",
        "processDefinitionId",
        "processDefinitionVersion",
        "state",
        "hasIncident",
        "startDate",
        "endDate",
      ]);
    },
  },
  {
    name: "tasks",
    usage: "tasks [--state CREATED] [--limit n]",
    summary: "List user tasks",
    async run({ client, options, print }) {
      const { items } = await client.search<Row>("user-tasks", {
        filter: { state: options.state?.toUpperCase() ?? "CREATED" },
        sort: [{ field: "creationDate", order: "DESC" }],
        page: { limit: Number(options.limit ?? 50) },
      });
      print.table(items, ["userTaskKey", "name", "processDefinitionId", "assignee", "candidateGroups", "dueDate"]);
    },
  },
  {
    name: "complete",
    usage: "complete <user task key> [-v json]",
    summary: "Complete a user task",
    async run({ client, words, options, print }) {
      const key = required(words[0], "the key of a user task");
      await client.completeUserTask(
        key,
        options.variables === undefined ? {} : jsonObject(options.variables, "--variables"),
      );
      print.line(`Completed ${key}.`);
    },
  },
  {
    name: "incidents",
    usage: "incidents [--limit n]",
    summary: "List open incidents",
    async run({ client, options, print }) {
      const { items } = await client.search<Row>("incidents", {
        filter: { state: "ACTIVE" },
        page: { limit: Number(options.limit ?? 50) },
      });
      print.table(items, ["incidentKey", "processInstanceKey", "elementId", "interlockErrorType", "errorMessage"]);
    },
  },
  {
    name: "cancel",
    usage: "cancel <process instance key>",
    summary: "Cancel a process instance",
    async run({ client, words, print }) {
      const key = required(words[0], "the key of a process instance");
      await client.cancelProcess(key);
      print.line(`Cancelled ${key}.`);
    },
  },
];
