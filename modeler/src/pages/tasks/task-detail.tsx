/** One task: who has it, what it asks for, and where in its process it stands. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { getProcessXml } from "../../api/processes.ts";
import { approvalIdOf, claimTask, getTask, releaseTask, type UserTask } from "../../api/tasks.ts";
import { useMay } from "../../app/may.ts";
import type { Decorations } from "../../bpmn/decoration.ts";
import { Diagram } from "../../bpmn/diagram.tsx";
import { ApprovalCard } from "../../parts/approval-card.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { Time } from "../../ui/time.tsx";
import { TaskForm } from "./task-form.tsx";
import styles from "./tasks-page.module.css";

interface TaskDetailProps {
  readonly taskKey: string;
  readonly user: string | null;
  readonly next: string | null;
}

export function TaskDetail({ taskKey, user, next }: TaskDetailProps) {
  const task = useQuery({ queryKey: ["task", taskKey], queryFn: ({ signal }) => getTask(taskKey, signal) });
  if (task.error) {
    return (
      <div className={styles.content}>
        <ProblemNotice error={task.error} retry={() => void task.refetch()} />
      </div>
    );
  }
  if (!task.data) return <Skeleton lines={8} />;
  const approvalId = approvalIdOf(task.data);
  return (
    <div className={styles.content}>
      <TaskHead task={task.data} user={user} />
      {approvalId !== null ? (
        <ApprovalCard approvalId={approvalId} taskName={task.data.name ?? task.data.elementId} next={next} />
      ) : (
        <TaskForm task={task.data} next={next} />
      )}
      <Position task={task.data} />
    </div>
  );
}

function TaskHead({ task, user }: { readonly task: UserTask; readonly user: string | null }) {
  const client = useQueryClient();
  const mayWork = useMay()("task:work");
  const open = task.completionDate === null && task.state === "CREATED";
  const settled = {
    onSettled: () =>
      void Promise.all([
        client.invalidateQueries({ queryKey: ["task", task.userTaskKey] }),
        client.invalidateQueries({ queryKey: ["tasks"] }),
      ]),
  };
  const claim = useMutation({ mutationFn: () => claimTask(task.userTaskKey, user ?? ""), ...settled });
  const release = useMutation({ mutationFn: () => releaseTask(task.userTaskKey), ...settled });
  return (
    <header className={styles.head}>
      <h2>{task.name ?? task.elementId}</h2>
      <div className={styles.headMeta}>
        {!open && <Chip tone={task.state === "COMPLETED" ? "ok" : "neutral"}>{sentence(task.state)}</Chip>}
        <Link href={`/instances/${task.processInstanceKey}?element=${encodeURIComponent(task.elementId)}`}>
          {task.processName ?? task.processDefinitionId}
        </Link>
        <span>
          Created <Time at={task.creationDate} />
        </span>
        {task.dueDate !== null && (
          <span>
            Due <Time at={task.dueDate} />
          </span>
        )}
        {task.candidateGroups.length > 0 && <span>For {task.candidateGroups.join(", ")}</span>}
        <span>{task.assignee === null ? "Not claimed" : `Claimed by ${task.assignee}`}</span>
        {open && mayWork && task.assignee === null && user !== null && (
          <Button small disabled={claim.isPending} onClick={() => claim.mutate()}>
            Claim task
          </Button>
        )}
        {open && mayWork && task.assignee !== null && task.assignee === user && (
          <Button small disabled={release.isPending} onClick={() => release.mutate()}>
            Release task
          </Button>
        )}
      </div>
      {(claim.error ?? release.error) && <ProblemNotice error={claim.error ?? release.error} />}
    </header>
  );
}

function Position({ task }: { readonly task: UserTask }) {
  const may = useMay();
  const xml = useQuery({
    queryKey: ["process-xml", task.processDefinitionKey],
    queryFn: ({ signal }) => getProcessXml(task.processDefinitionKey, signal),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: may("definition:read"),
  });
  const here: Decorations = {
    elements: new Map([
      [
        task.elementId,
        {
          running: task.completionDate === null ? 1 : 0,
          completed: task.completionDate === null ? 0 : 1,
          incidents: 0,
          waiting: 0,
        },
      ],
    ]),
    flows: new Set(),
  };
  if (!xml.data) return null;
  return (
    <Panel
      title="Where this stands"
      actions={<Link href={`/instances/${task.processInstanceKey}`}>Open instance</Link>}
      flush
    >
      <div className={styles.position}>
        <Diagram xml={xml.data} label="Position in the process" decorations={here} />
      </div>
    </Panel>
  );
}
