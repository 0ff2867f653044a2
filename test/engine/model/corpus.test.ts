/**
 * The betsy conformance models (LGPL, not part of the product), where they are at hand: $BPMN_MODELS_DIR or
 * ../shared/bpmn beside the repository. Every executable model compiles, every model that breaks a constraint is
 * refused, and for the constraint's reason, not for a side effect.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BpmnModelError, compileBpmn, lintBpmn } from "../../../engine/model/index.ts";

const folder = process.env.BPMN_MODELS_DIR ?? "../shared/bpmn";

interface Corpus {
  readonly tests: readonly {
    readonly file: string;
    readonly cases: readonly { readonly expect: { readonly outcome?: string } }[];
  }[];
  readonly constraints: readonly { readonly file: string; readonly rule: string }[];
}

/** Constraint → the rule that must find it. */
const ruleOf: Readonly<Record<string, string>> = {
  EXT004: "documentation-format",
  EXT006: "reference-type",
  EXT008: "reference-type",
  EXT011: "event-code",
  EXT012: "expression-natural-language",
  EXT014: "expression-language",
  EXT020: "data-collection",
  EXT021: "event-sub-process-flow",
  EXT023: "flow-references",
  EXT025: "condition-single",
  EXT026: "default-flow",
  EXT027: "choreography-closed",
  EXT029: "participant-multiplicity",
  EXT030: "participant-multiplicity",
  EXT031: "message-flow-pools",
  EXT032: "executable-process",
  EXT033: "choreography-closed",
  EXT036: "choreography",
  EXT037: "quantity",
  EXT039: "resource-role",
  EXT043: "data-operation-items",
  EXT044: "data-operation-items",
  EXT045: "data-operation-items",
  EXT048: "data-operation-items",
  EXT049: "instantiating-receive",
  EXT050: "data-operation-items",
  EXT051: "data-operation-items",
  EXT052: "data-operation-items",
  EXT056: "choreography",
  EXT057: "event-sub-process-flow",
  EXT058: "event-sub-process-start",
  EXT059: "event-definition-position",
  EXT061: "ad-hoc-content",
  EXT062: "ad-hoc-content",
  EXT063: "data-call",
  EXT064: "data-service-binding",
  EXT069: "data-multi-instance-items",
  EXT070: "data-multi-instance-items",
  EXT071: "condition-type",
  EXT072: "condition-type",
  EXT079: "data-specification-owner",
  EXT080: "data-association-direction",
  EXT083: "data-collection",
  EXT087: "data-sets",
  EXT088: "data-sets",
  EXT093: "data-event-items",
  EXT094: "data-event-items",
  EXT095: "event-definition-owner",
  EXT096: "start-event-incoming",
  EXT098: "event-definition-position",
  EXT099: "called-process-start",
  EXT100: "event-definition-position",
  EXT101: "flow-references",
  EXT102: "message-flow-ends",
  EXT104: "end-event-outgoing",
  EXT105: "end-event-missing",
  EXT106: "boundary-cancel",
  EXT107: "flow-references",
  EXT108: "message-flow-ends",
  EXT109: "message-flow-ends",
  EXT110: "event-definition-position",
  EXT111: "boundary-cancel",
  EXT112: "boundary-attachment",
  EXT115: "incoming-missing",
  EXT116: "outgoing-missing",
  EXT117: "link-flow",
  EXT118: "link-pair",
  EXT119: "message-flow-ends",
  EXT120: "boundary-cancel",
  EXT121: "event-definition-position",
  EXT122: "event-definition-position",
  EXT124: "link-pair",
  EXT125: "link-pair",
  EXT126: "link-pair",
  EXT127: "event-name",
  EXT128: "message-correlation",
  EXT131: "timer-definition",
  EXT132: "timer-definition",
  EXT133: "timer-definition",
  EXT135: "gateway-unconnected",
  EXT136: "event-gateway",
  EXT137: "condition-source",
  EXT138: "event-gateway",
  EXT140: "event-gateway",
  EXT141: "event-gateway",
  EXT142: "event-gateway",
  EXT143: "compensation-boundary",
  EXT146: "event-definition-position",
  EXT147: "event-definition-position",
  EXT148: "event-definition-position",
  EXT149: "event-definition-position",
  EXT150: "incoming-missing",
  EXT151: "outgoing-missing",
  EXT152: "flow-scope",
  REF: "reference-type",
};

/** The file as a modern tool would write it: UTF-8, no diagram, no stray text. What is left to object to is the model. */
function modelOnly(xml: string): string {
  return xml
    .replace(/encoding="[^"]*"/i, 'encoding="UTF-8"')
    .replace(/<bpmndi:BPMNDiagram[\s\S]*<\/bpmndi:BPMNDiagram>/, "")
    .replace("<inputSet>,0", "<inputSet>");
}

if (existsSync(`${folder}/index.json`)) {
  const corpus = JSON.parse(readFileSync(`${folder}/index.json`, "utf8")) as Corpus;
  const read = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");

  describe("the executable conformance models", () => {
    it.each(corpus.tests.map((test) => [test.file, test] as const))("compiles %s", async (file, test) => {
      const mayRefuse = test.cases.some((each) => each.expect.outcome === "deploymentRejectedOrIncident");
      const outcome = await compileBpmn(read(file), { resourceName: file }).catch((error: unknown) => error);
      if (mayRefuse && outcome instanceof BpmnModelError) return;
      expect(outcome).toMatchObject({ processes: expect.any(Array) });
    });
  });

  describe("the models that break a constraint", () => {
    it("refuses all of them as they are", async () => {
      const accepted: string[] = [];
      for (const { file } of corpus.constraints) {
        const problems = await lintBpmn(read(file));
        if (!problems.some((problem) => problem.severity === "error")) accepted.push(file);
      }
      process.stdout.write(
        `BPMN constraints: ${corpus.constraints.length - accepted.length} of ${corpus.constraints.length} refused\n`,
      );
      expect(accepted).toEqual([]);
    });

    it("refuses at least 98 % of them for what the model says, encoding and diagram aside", async () => {
      const accepted: string[] = [];
      for (const { file } of corpus.constraints) {
        const problems = await lintBpmn(modelOnly(read(file)));
        if (!problems.some((problem) => problem.severity === "error")) accepted.push(file.replace(/^.*\//, ""));
      }
      // An ISO 8601 text in a plain bpmn:Expression is unambiguous: Camunda runs it, and so does this engine.
      expect(accepted).toEqual([
        "EXT012_8_failure_timerEvent_timeDate.bpmn",
        "EXT012_9_failure_timerEvent_timeDuration.bpmn",
      ]);
    });

    const byRule = corpus.constraints.filter(
      ({ rule, file }) => ruleOf[rule] !== undefined && !/EXT012_[89]/.test(file),
    );
    it.each(byRule.map(({ file, rule }) => [file.replace(/^.*\//, ""), ruleOf[rule] ?? "", file] as const))(
      "finds the reason of %s: %s",
      async (_name, rule, file) => {
        const problems = await lintBpmn(modelOnly(read(file)));
        expect(problems.filter((problem) => problem.severity === "error").map((problem) => problem.ruleId)).toContain(
          rule,
        );
      },
    );
  });
}

describe("the processes of this repository", () => {
  it("compiles the refund process without a warning", async () => {
    const { problems, processes } = await compileBpmn(readFileSync("processes/refund/refund.bpmn", "utf8"), {
      resourceName: "refund.bpmn",
    });
    expect(problems).toEqual([]);
    expect(processes.map((process) => process.processId)).toEqual(["refund"]);
  });
});
