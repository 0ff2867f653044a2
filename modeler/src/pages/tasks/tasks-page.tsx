/** The task list and, beside it, the chosen task: an approval, a form, or plain variables. */
import { useQuery } from "@tanstack/react-query";
import { Inbox, MousePointerClick } from "lucide-react";
import { Link, useParams } from "wouter";
import { type Approval, listApprovals } from "../../api/approvals.ts";
import { approvalIdOf, searchTasks, type TaskView, type UserTask } from "../../api/tasks.ts";
import { useAddress } from "../../app/address.ts";
import { useMay, useSession } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { Chip } from "../../ui/chip.tsx";
import { classes } from "../../ui/classes.ts";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { type Tab, Tabs } from "../../ui/tabs.tsx";
import { Time } from "../../ui/time.tsx";
import { inlineValue } from "../../ui/values.ts";
import { TaskDetail } from "./task-detail.tsx";
import styles from "./tasks-page.module.css";

const views: readonly Tab<TaskView>[] = [
  { id: "open", label: "Open" },
  { id: "mine", label: "Mine" },
  { id: "unclaimed", label: "Unclaimed" },
  { id: "done", label: "Done" },
];

const emptyTexts: Readonly<Record<TaskView, readonly [string, string]>> = {
  open: ["No open tasks", "When a process or an agent needs a person, the task shows up here by itself."],
  mine: ["Nothing claimed", "Claim a task from Open or Unclaimed to work on it."],
  unclaimed: ["Everything is claimed", "Each open task has somebody who works on it."],
  done: ["Nothing completed yet", "Completed tasks and resolved approvals are kept here."],
};

export function TasksPage() {
  const { key } = useParams<{ key?: string }>();
  const [read, change] = useAddress();
  const may = useMay();
  const pending = useQuery({
    queryKey: ["approvals", "pending"],
    queryFn: ({ signal }) => listApprovals("pending", signal),
    enabled: may("approval:read"),
  });
  const proposals = new Map((pending.data ?? []).map((approval) => [approval.approvalId, proposalText(approval)]));
  const wanted = read("view");
  const view = views.find((candidate) => candidate.id === wanted)?.id ?? "open";
  const user = useSession().data?.username ?? null;
  const tasks = useQuery({
    queryKey: ["tasks", view, user],
    queryFn: ({ signal }) => searchTasks(view, user, signal),
    enabled: view !== "mine" || user !== null,
  });
  return (
    <Page title="Tasks" template="workbench">
      <div className={styles.frame}>
        <div className={styles.list}>
          <Tabs
            label="Which tasks"
            tabs={views}
            selected={view}
            onSelect={(id) => change({ view: id === "open" ? null : id })}
            controls="task-list"
          />
          <div id="task-list" role="tabpanel" aria-labelledby={`task-list-${view}`} className={styles.items}>
            {tasks.error && <ProblemNotice error={tasks.error} retry={() => void tasks.refetch()} />}
            {tasks.isPending && tasks.fetchStatus !== "idle" && <Skeleton />}
            {tasks.data?.items.length === 0 && (
              <Empty icon={<Inbox aria-hidden="true" />} title={emptyTexts[view][0]}>
                {emptyTexts[view][1]}
              </Empty>
            )}
            {tasks.data?.items.map((task) => (
              <TaskItem
                key={task.userTaskKey}
                task={task}
                current={task.userTaskKey === key}
                view={view}
                proposal={proposals.get(approvalIdOf(task) ?? "")}
              />
            ))}
          </div>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard */}
        <section className={styles.detail} aria-label="Chosen task" tabIndex={0}>
          {key ? (
            <TaskDetail key={key} taskKey={key} user={user} next={nextTask(tasks.data?.items ?? [], key)} />
          ) : (
            <Empty
              icon={<MousePointerClick aria-hidden="true" />}
              title={tasks.data?.items.length ? "Choose a task" : "All clear"}
            >
              {tasks.data?.items.length
                ? "Its details, the facts behind it and what you can do show here."
                : "There is nothing to decide right now."}
            </Empty>
          )}
        </section>
      </div>
    </Page>
  );
}

function nextTask(items: readonly UserTask[], key: string): string | null {
  return items.find((task) => task.userTaskKey !== key)?.userTaskKey ?? null;
}

/** "640, cash, not_delivered, ORD-1003": enough to tell two approvals of one kind apart. */
function proposalText(approval: Approval): string {
  return Object.values(approval.args).slice(0, 4).map(inlineValue).join(", ");
}

function TaskItem({
  task,
  current,
  view,
  proposal,
}: {
  readonly task: UserTask;
  readonly current: boolean;
  readonly view: TaskView;
  readonly proposal: string | undefined;
}) {
  const overdue = task.dueDate !== null && task.completionDate === null && Date.parse(task.dueDate) < Date.now();
  return (
    <Link
      href={`/tasks/${task.userTaskKey}${view === "open" ? "" : `?view=${view}`}`}
      className={styles.item}
      aria-current={current ? "page" : undefined}
    >
      <span className={styles.name}>
        {task.name ?? task.elementId}
        {approvalIdOf(task) !== null && <Chip tone="agent">Approval</Chip>}
      </span>
      {proposal && <span className={styles.proposal}>{proposal}</span>}
      <span className={styles.meta}>
        <span>{task.processName ?? task.processDefinitionId}</span>
        <span>{task.assignee ?? task.candidateGroups.join(", ")}</span>
      </span>
      <span className={styles.meta}>
        <span>
          Created <Time at={task.creationDate} />
        </span>
        {task.dueDate !== null && task.completionDate === null && (
          <span className={classes(overdue && styles.overdue)}>
            {overdue ? "Overdue, " : "Due "}
            <Time at={task.dueDate} />
          </span>
        )}
      </span>
    </Link>
  );
}
