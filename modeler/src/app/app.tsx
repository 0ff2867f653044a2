/** Routes. Each page is its own chunk: a viewer page never loads an editor. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { ApiError } from "../api/client.ts";
import { ButtonLink } from "../ui/button.tsx";
import { Empty, Skeleton } from "../ui/notice.tsx";
import { ToastRegion } from "../ui/toast.tsx";
import { ErrorBoundary } from "./error-boundary.tsx";
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
  ["/accounts", page(() => import("../pages/accounts/accounts-page.tsx"), "AccountsPage")],
  ["/audit", page(() => import("../pages/audit/audit-page.tsx"), "AuditPage")],
];

export function App() {
  const [location] = useLocation();
  return (
    <QueryClientProvider client={client}>
      <ToastRegion>
        <Shell>
          <ErrorBoundary resetKey={location}>
            <Suspense fallback={<Skeleton />}>
              <Switch>
                <Route path="/">
                  <Redirect to="/tasks" replace />
                </Route>
                {routes.map(([path, component]) => (
                  <Route key={path} path={path} component={component} />
                ))}
                <Route>
                  <Empty title="This page does not exist" actions={<ButtonLink href="/tasks">Go to tasks</ButtonLink>}>
                    The address may be old, or a part of it got lost on the way.
                  </Empty>
                </Route>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </Shell>
      </ToastRegion>
    </QueryClientProvider>
  );
}
