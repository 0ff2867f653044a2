/** Routes. Each page is its own chunk: a viewer page never loads an editor. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { ApiError } from "../api/client.ts";
import { ButtonLink } from "../ui/button.tsx";
import { Empty, Skeleton } from "../ui/notice.tsx";
import { ToastRegion } from "../ui/toast.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
import { useMay } from "./may.ts";
import { allLinks } from "./navigation.ts";
import { Page } from "./page.tsx";
import { Shell } from "./shell.tsx";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // A refusal stays a refusal; only a server that is away or busy is asked again.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof ApiError) || error.problem.status === 0 || error.problem.status >= 502),
    },
  },
});

function page<Module, Name extends keyof Module>(load: () => Promise<Module>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] as ComponentType }));
}

const routes: readonly (readonly [string, ComponentType])[] = [
  ["/tasks/:key?", page(() => import("../pages/tasks/tasks-page.tsx"), "TasksPage")],
  ["/instances", page(() => import("../pages/instances/instances-page.tsx"), "InstancesPage")],
  ["/instances/:key", page(() => import("../pages/instances/instance-page.tsx"), "InstancePage")],
  ["/incidents", page(() => import("../pages/incidents/incidents-page.tsx"), "IncidentsPage")],
  ["/processes", page(() => import("../pages/processes/processes-page.tsx"), "ProcessesPage")],
  ["/processes/new", page(() => import("../pages/modeler/modeler-page.tsx"), "ModelerPage")],
  ["/processes/:processId", page(() => import("../pages/processes/process-page.tsx"), "ProcessPage")],
  ["/processes/:processId/compare", page(() => import("../pages/processes/compare-page.tsx"), "ComparePage")],
  ["/processes/:processId/versions/:key/model", page(() => import("../pages/modeler/modeler-page.tsx"), "ModelerPage")],
  ["/forms", page(() => import("../pages/forms/forms-page.tsx"), "FormsPage")],
  ["/forms/new", page(() => import("../pages/forms/form-page.tsx"), "FormPage")],
  ["/forms/:formId/edit", page(() => import("../pages/forms/form-page.tsx"), "FormPage")],
  ["/policies", page(() => import("../pages/policies/policies-page.tsx"), "PoliciesPage")],
  ["/policies/:policyId", page(() => import("../pages/policies/policy-page.tsx"), "PolicyPage")],
  ["/policies/:policyId/compare", page(() => import("../pages/policies/compare-page.tsx"), "PolicyComparePage")],
  [
    "/policies/:policyId/versions/:version/edit",
    page(() => import("../pages/policies/policy-editor-page.tsx"), "PolicyEditorPage"),
  ],
  ["/changes", page(() => import("../pages/changes/changes-page.tsx"), "ChangesPage")],
  ["/changes/:changeId", page(() => import("../pages/changes/change-page.tsx"), "ChangePage")],
  ["/decisions", page(() => import("../pages/decisions/decisions-page.tsx"), "DecisionsPage")],
  ["/decisions/:decisionId", page(() => import("../pages/decisions/decision-page.tsx"), "DecisionPage")],
  ["/approvals", page(() => import("../pages/approvals/approvals-page.tsx"), "ApprovalsPage")],
  ["/authority", page(() => import("../pages/authority/authority-page.tsx"), "AuthorityPage")],
  ["/measures", page(() => import("../pages/measures/measures-page.tsx"), "MeasuresPage")],
  ["/access", page(() => import("../pages/access/access-page.tsx"), "AccessPage")],
  ["/access/accounts/:accountId", page(() => import("../pages/access/account-page.tsx"), "AccountPage")],
  ["/access/groups/:id", page(() => import("../pages/access/entry-page.tsx"), "GroupPage")],
  ["/access/roles/:id", page(() => import("../pages/access/entry-page.tsx"), "RolePage")],
  ["/access/tenants/:id", page(() => import("../pages/access/entry-page.tsx"), "TenantPage")],
  ["/audit", page(() => import("../pages/audit/audit-page.tsx"), "AuditPage")],
];

/** The first page that one may read. */
function Home() {
  const may = useMay();
  const first = allLinks.find(({ permission, thing }) => may(permission, thing));
  if (first) return <Redirect to={first.href} replace />;
  return (
    <Page title="Interlock">
      <Empty icon={<KeyRound aria-hidden="true" />} title="Nothing to see yet">
        You are signed in, and nobody has given you access to anything. Ask an administrator for a role, or for
        permissions on the processes that you work with.
      </Empty>
    </Page>
  );
}

/** A page that one may not read says so instead of breaking in each of its parts. */
function Permitted({ location, children }: { readonly location: string; readonly children: ReactNode }) {
  const may = useMay();
  const link = allLinks.find(({ href }) => location === href || location.startsWith(`${href}/`));
  if (!link || may(link.permission, link.thing)) return children;
  return (
    <Page title={link.text}>
      <Empty
        icon={<KeyRound aria-hidden="true" />}
        title="Not permitted"
        actions={<ButtonLink href="/">Go to the start</ButtonLink>}
      >
        Nobody has given you access to this page. An administrator can: it takes the permission {link.permission}, or
        one on single resources.
      </Empty>
    </Page>
  );
}

export function App() {
  const [location] = useLocation();
  return (
    <QueryClientProvider client={client}>
      <ToastRegion>
        <Shell>
          <ErrorBoundary resetKey={location}>
            <Suspense fallback={<Skeleton />}>
              <Permitted location={location}>
                <Switch>
                  <Route path="/" component={Home} />
                  {routes.map(([path, component]) => (
                    <Route key={path} path={path} component={component} />
                  ))}
                  <Route>
                    <Empty title="This page does not exist" actions={<ButtonLink href="/">Go to the start</ButtonLink>}>
                      The address may be old, or a part of it got lost on the way.
                    </Empty>
                  </Route>
                </Switch>
              </Permitted>
            </Suspense>
          </ErrorBoundary>
        </Shell>
      </ToastRegion>
    </QueryClientProvider>
  );
}
