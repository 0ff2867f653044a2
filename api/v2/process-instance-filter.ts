/** The filter of process instances: searches use it, statistics use a part, batch operations choose by it. */
import { z } from "zod";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  numberFilter,
  tagList,
  textFilter,
  variableFilter,
} from "../http/search.ts";

const states = ["ACTIVE", "COMPLETED", "TERMINATED"] as const;

/** Without the fields that name a definition. */
export const instanceFilterFields = {
  startDate: dateFilter.optional(),
  endDate: dateFilter.optional(),
  state: enumFilter(states).optional(),
  hasIncident: z.boolean().optional(),
  tenantId: textFilter.optional(),
  variables: z.array(variableFilter).max(100).optional(),
  processInstanceKey: keyFilter.optional(),
  parentProcessInstanceKey: keyFilter.optional(),
  parentElementInstanceKey: keyFilter.optional(),
  rootProcessInstanceKey: keyFilter.optional(),
  batchOperationKey: textFilter.optional(),
  batchOperationId: textFilter.optional(),
  errorMessage: textFilter.optional(),
  incidentErrorHashCode: numberFilter.optional(),
  hasRetriesLeft: z.boolean().optional(),
  elementInstanceState: enumFilter(states).optional(),
  elementId: textFilter.optional(),
  hasElementInstanceIncident: z.boolean().optional(),
  tags: tagList.optional(),
  businessId: textFilter.optional(),
  suspended: z.boolean().optional().meta({ description: "Ours: whether the instance is suspended." }),
};

const allFields = {
  ...instanceFilterFields,
  processDefinitionId: textFilter.optional(),
  processDefinitionName: textFilter.optional(),
  processDefinitionVersion: numberFilter.optional(),
  processDefinitionVersionTag: textFilter.optional(),
  processDefinitionKey: keyFilter.optional(),
};

const oneOf = z.strictObject(allFields).transform(renameBatchOperation);

export const processInstanceFilter = z
  .strictObject({ ...allFields, $or: z.array(oneOf).max(100).optional() })
  .transform(renameBatchOperation)
  .meta({ id: "ProcessInstanceFilter" });

/** batchOperationId is the older name of batchOperationKey. */
function renameBatchOperation<Filter extends { batchOperationId?: unknown; batchOperationKey?: unknown }>(
  filter: Filter,
): Omit<Filter, "batchOperationId"> {
  const { batchOperationId, ...rest } = filter;
  return batchOperationId === undefined
    ? rest
    : { ...rest, batchOperationKey: rest.batchOperationKey ?? batchOperationId };
}

export const elementStatistics = z
  .object({ elementId: z.string(), active: z.int(), canceled: z.int(), incidents: z.int(), completed: z.int() })
  .meta({ id: "ElementStatistics" });
