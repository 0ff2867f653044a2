/** Where one can go, in three groups, and the permission without which a page shows nothing but a refusal. */
import {
  ChartNoAxesColumn,
  ClipboardCheck,
  FileClock,
  GitPullRequestArrow,
  Inbox,
  KeyRound,
  type LucideIcon,
  Play,
  Scale,
  ShieldCheck,
  TextCursorInput,
  TriangleAlert,
  Users,
  Workflow,
} from "lucide-react";

import type { Thing } from "./may.ts";

interface NavigationLink {
  readonly href: string;
  readonly text: string;
  readonly Icon: LucideIcon;
  readonly permission: string;
  /** What stands for the permission where no role gives it; absent: whatever does. */
  readonly thing?: Thing;
}

interface NavigationGroup {
  readonly title: string;
  readonly links: readonly NavigationLink[];
}

const instances: Thing = { resourceType: "PROCESS_DEFINITION", permission: "READ_PROCESS_INSTANCE" };
const processes: Thing = { resourceType: "PROCESS_DEFINITION", permission: "READ_PROCESS_DEFINITION" };
const files: Thing = { resourceType: "RESOURCE", permission: "READ" };

export const navigation: readonly NavigationGroup[] = [
  {
    title: "Work",
    links: [
      { href: "/tasks", text: "Tasks", Icon: Inbox, permission: "task:read" },
      { href: "/instances", text: "Instances", Icon: Play, permission: "instance:read", thing: instances },
      { href: "/incidents", text: "Incidents", Icon: TriangleAlert, permission: "instance:read", thing: instances },
    ],
  },
  {
    title: "Design",
    links: [
      { href: "/processes", text: "Processes", Icon: Workflow, permission: "definition:read", thing: processes },
      { href: "/forms", text: "Forms", Icon: TextCursorInput, permission: "definition:read", thing: files },
      { href: "/policies", text: "Policies", Icon: Scale, permission: "policy:read" },
      { href: "/changes", text: "Changes", Icon: GitPullRequestArrow, permission: "change:read" },
    ],
  },
  {
    title: "Govern",
    links: [
      { href: "/decisions", text: "Decisions", Icon: FileClock, permission: "record:read" },
      { href: "/approvals", text: "Approvals", Icon: ClipboardCheck, permission: "approval:read" },
      { href: "/authority", text: "Authority", Icon: KeyRound, permission: "record:read" },
      { href: "/measures", text: "Measures", Icon: ChartNoAxesColumn, permission: "record:read" },
      { href: "/audit", text: "Audit", Icon: ShieldCheck, permission: "record:read" },
      { href: "/access", text: "Access", Icon: Users, permission: "user:administer" },
    ],
  },
];

export const allLinks: readonly NavigationLink[] = navigation.flatMap(({ links }) => links);
