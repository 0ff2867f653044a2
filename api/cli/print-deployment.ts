/** What was deployed: a row a thing, and the warnings of the lint below. */
import type { Deployment } from "../client/index.ts";
import type { Printer } from "./print.ts";

export function printDeployment(print: Printer, { deployments, warnings }: Deployment): void {
  const rows = deployments.map((item) => {
    if (item.processDefinition !== null)
      return {
        kind: "process",
        id: item.processDefinition.processDefinitionId,
        version: item.processDefinition.processDefinitionVersion,
        key: item.processDefinition.processDefinitionKey,
      };
    if (item.decisionDefinition !== null)
      return {
        kind: "decision",
        id: item.decisionDefinition.decisionDefinitionId,
        version: item.decisionDefinition.version,
        key: item.decisionDefinition.decisionDefinitionKey,
      };
    if (item.decisionRequirements !== null)
      return {
        kind: "decision requirements",
        id: item.decisionRequirements.decisionRequirementsId,
        version: item.decisionRequirements.version,
        key: item.decisionRequirements.decisionRequirementsKey,
      };
    if (item.form !== null)
      return { kind: "form", id: item.form.formId, version: item.form.version, key: item.form.formKey };
    return {
      kind: "resource",
      id: item.resource?.resourceId,
      version: item.resource?.version,
      key: item.resource?.resourceKey,
    };
  });
  print.table(rows, ["kind", "id", "version", "key"]);
  for (const { resourceName, elementId, message } of warnings)
    print.line(`warning: ${resourceName}${elementId === null ? "" : ` ${elementId}`}: ${message}`);
}
