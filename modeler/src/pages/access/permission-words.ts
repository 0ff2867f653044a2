/** What the product's permissions let people do, in their words; by area, in the order of a working day. */

export interface PermissionArea {
  readonly title: string;
  /** Permission → "may …". */
  readonly words: readonly (readonly [string, string])[];
}

export const permissionAreas: readonly PermissionArea[] = [
  {
    title: "Running work",
    words: [
      ["instance:read", "see instances, their variables and incidents"],
      ["instance:start", "start instances"],
      ["instance:operate", "cancel, change and repair instances"],
      ["message:publish", "send messages to instances"],
      ["job:read", "see jobs"],
      ["job:work", "take jobs and complete them, as a worker"],
      ["job:update", "change retries and time-outs of jobs"],
      ["document:read", "read documents"],
      ["document:write", "store and delete documents"],
    ],
  },
  {
    title: "Tasks and approvals",
    words: [
      ["task:read", "see tasks"],
      ["task:work", "claim, assign and complete tasks"],
      ["approval:read", "see what waits for an approval"],
      ["approval:vote", "approve and reject"],
    ],
  },
  {
    title: "Processes and policies",
    words: [
      ["definition:read", "see processes, decisions and forms"],
      ["definition:deploy", "deploy them"],
      ["definition:delete", "delete them"],
      ["change:read", "see changes that are handed in"],
      ["change:propose", "hand in changes for approval"],
      ["change:approve", "approve and reject changes of others"],
      ["decision:evaluate", "evaluate decisions"],
      ["policy:read", "see policies"],
      ["policy:author", "write versions of policies"],
      ["policy:release", "put versions in force and roll back"],
    ],
  },
  {
    title: "Agents and records",
    words: [
      ["agent:read", "see agents and their budgets"],
      ["agent:interrupt", "pause and stop agents"],
      ["action:decide", "ask whether an action is permitted, as an agent"],
      ["record:read", "read decision records and the log of commands"],
      ["record:export", "take records away as evidence"],
      ["record:judge", "say whether a decision was right"],
    ],
  },
  {
    title: "Installation",
    words: [
      ["cluster:read", "see the server's state and settings"],
      ["cluster:administer", "change settings that are everybody's"],
      ["user:administer", "give and take access"],
    ],
  },
];
