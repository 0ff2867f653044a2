/** What every model needs before anything else makes sense: something executable, ids, flows inside their scope. */
import { describe, idOf, is, many, one } from "../moddle.ts";
import { isEventSubProcess } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

export const structureRules: readonly Rule[] = [
  {
    id: "executable-process",
    sentence: 'A file that is deployed holds at least one process with isExecutable="true".',
    source: "BPMN 2.0.2 table 10.1; Camunda 8 refuses the rest too",
    severity: "error",
    check(graph, report) {
      if (graph.processes.length > 0 || graph.globalTasks.length > 0) return;
      report(null, 'Expected at least one process with isExecutable="true", but the model has none');
    },
  },
  {
    id: "element-id",
    sentence: "Processes, flow nodes and sequence flows have ids of at most 255 characters.",
    source: "BPMN 2.0.2 table 8.5; the engine refers to elements by id",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        for (const element of [...(scope.parent === null ? [scope.element] : []), ...scope.nodes, ...scope.flows]) {
          if (idOf(element) === "")
            report(
              element,
              `Expected each element to have an id, but ${describe(element)} in "${idOf(scope.element)}" has none`,
            );
          else if (idOf(element).length > 255)
            report(element, "Expected an id of at most 255 characters, but one is longer");
        }
      }
    },
  },
  {
    id: "flow-scope",
    sentence: "A sequence flow connects two nodes of the process or sub-process that holds it.",
    source: "BPMN 2.0.2 §10.3.5, §7.6.1: flows do not cross the border of a sub-process or pool",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        for (const flow of scope.flows) {
          for (const end of ["sourceRef", "targetRef"] as const) {
            const node = one(flow, end);
            if (node === undefined) report(flow, `Expected ${describe(flow)} to have a ${end}, but it has none`);
            else if (graph.scopeOf.get(node) !== scope) {
              report(
                flow,
                `Expected ${describe(flow)} to stay inside "${idOf(scope.element)}", but its ${end} ${describe(node)} lies outside`,
              );
            }
          }
        }
      }
    },
  },
  {
    id: "flow-references",
    sentence: "The incoming and outgoing children of a node agree with the sequence flows that end and begin there.",
    source: "BPMN 2.0.2 table 8.50; files that leave all such children out are accepted",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        const listed = scope.nodes.some((node) => many(node, "incoming").length + many(node, "outgoing").length > 0);
        if (!listed) continue;
        for (const node of scope.nodes) {
          for (const [side, actual] of [
            ["incoming", graph.incoming(node)],
            ["outgoing", graph.outgoing(node)],
          ] as const) {
            const declared = new Set(many(node, side));
            const connected = new Set(actual);
            const missing = actual.find((flow) => !declared.has(flow));
            const surplus = [...declared].find((flow) => !connected.has(flow));
            if (missing !== undefined)
              report(
                node,
                `Expected ${describe(node)} to list ${idOf(missing)} as ${side}, as other nodes do, but it does not`,
              );
            if (surplus !== undefined)
              report(
                node,
                `Expected the ${side} ${idOf(surplus)} of ${describe(node)} to be connected to it, but it is not`,
              );
          }
        }
      }
    },
  },
  {
    id: "choreography",
    sentence: "A process or sub-process holds no choreography activities.",
    source: "BPMN 2.0.2 §10.3, §11",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (is(node, "bpmn:ChoreographyActivity"))
          report(node, `Expected an activity, event or gateway, but ${describe(node)} belongs into a choreography`);
      }
    },
  },
  {
    id: "process-empty",
    sentence: "A process or sub-process holds at least one flow node.",
    source: "BPMN 2.0.2 §13.3.2: there is nothing that a token could reach",
    severity: "error",
    check(graph, report) {
      for (const scope of graph.scopes) {
        if (
          scope.nodes.length === 0 &&
          !isEventSubProcess(scope.element) &&
          !is(scope.element, "bpmn:AdHocSubProcess")
        ) {
          report(scope.element, `Expected ${describe(scope.element)} to hold at least one flow node, but it is empty`);
        }
      }
    },
  },
  {
    id: "resource-role",
    sentence: "A resource role names a resource or has an assignment expression, not both.",
    source: "BPMN 2.0.2 table 10.5",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        for (const role of many(node, "resources")) {
          if (one(role, "resourceRef") !== undefined && one(role, "resourceAssignmentExpression") !== undefined) {
            report(
              node,
              `Expected each resource role of ${describe(node)} to have a resourceRef or an assignment expression, but one has both`,
            );
          }
        }
      }
    },
  },
  {
    id: "documentation-format",
    sentence: "The textFormat of a documentation is a MIME type.",
    source: "BPMN 2.0.2 table 8.7",
    severity: "error",
    check(graph, report) {
      for (const element of [...graph.processes, ...graph.nodes]) {
        for (const documentation of many(element, "documentation")) {
          const format = documentation.get?.("textFormat");
          if (typeof format === "string" && !/^[\w.+-]{1,100}\/[\w.+;= -]{1,100}$/.test(format)) {
            report(
              element,
              `Expected the textFormat of a documentation to be a MIME type such as text/plain, but it is "${format.slice(0, 40)}"`,
            );
          }
        }
      }
    },
  },
];
