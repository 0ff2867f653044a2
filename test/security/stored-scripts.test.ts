/**
 * Scripts in every text that somebody stores and somebody else looks at: models, forms, variables, errors, names of files
 * and agents, policies, decisions. In a real browser under the real policy: no script runs, and the policy has nothing to
 * stop, because nothing takes a text for markup. SECURITY_CASES=all goes through all hundred payloads.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser, openStage, type Stage } from "../browser/stage.ts";
import { settled } from "../browser/watched-page.ts";
import { readPackage } from "../decisions/plane/open-plane.ts";
import { flow, process as model } from "../engine/model/bpmn-text.ts";
import { scriptPayloads } from "./script-payloads.ts";

const everything = process.env.SECURITY_CASES === "all";
const browser = await findBrowser();
/** Each round fills every text with other payloads. */
const rounds = everything ? scriptPayloads.length / 20 : 1;

const escaped = (text: string): string => text.replace(/[&<>"'\t]/g, (character) => `&#${character.charCodeAt(0)};`);

interface Planted {
  readonly paths: readonly string[];
}

/** Texts of one round: each asked for gets the next payloads, four at a time. */
function payloadsOf(round: number): (charactersMax?: number) => string {
  const own = scriptPayloads.slice(round * 20, round * 20 + 20);
  let at = 0;
  return (charactersMax = 1_000) => {
    let text = "";
    for (let times = 0; times < 4; times++) {
      const next = own[at++ % own.length]!;
      if (text.length + next.length < charactersMax) text += next;
    }
    return text === "" ? "<script>pwned()</script>".slice(0, charactersMax) : text;
  };
}

function hostileModel(id: string, evil: () => string): string {
  const x = (): string => escaped(evil());
  const documentation = (): string => `<documentation>${x()}</documentation>`;
  const task = `<userTask id="check" name="${x()}">${documentation()}<extensionElements><zeebe:userTask/><zeebe:formDefinition formId="form-${id}"/><zeebe:assignmentDefinition assignee="${x()}" candidateGroups="${x()}"/><zeebe:properties><zeebe:property name="${x()}" value="${x()}"/></zeebe:properties></extensionElements></userTask>`;
  const work = `<serviceTask id="work" name="${x()}">${documentation()}<extensionElements><zeebe:taskDefinition type="work-${id}" retries="1"/><zeebe:taskHeaders><zeebe:header key="k" value="${x()}"/></zeebe:taskHeaders></extensionElements></serviceTask>`;
  const nodes = `<startEvent id="s" name="${x()}"/><parallelGateway id="g" name="${x()}"/><endEvent id="e" name="${x()}"/><endEvent id="f"/>${task}${work}`;
  const flows = `${flow("s", "g")}${flow("g", "check")}${flow("g", "work")}${flow("check", "e")}${flow("work", "f")}`;
  const note = `<textAnnotation id="note"><text>${x()}</text></textAnnotation>`;
  const shapes = ["s", "g", "check", "work", "e", "f", "note"].map(
    (element, at) =>
      `<bpmndi:BPMNShape id="${element}_di" bpmnElement="${element}"><dc:Bounds x="${80 + at * 130}" y="100" width="100" height="80"/></bpmndi:BPMNShape>`,
  );
  const edges = [...flows.matchAll(/sequenceFlow id="([^"]+)"/g)].map(
    ([, name]) =>
      `<bpmndi:BPMNEdge id="${name}_di" bpmnElement="${name}"><di:waypoint x="100" y="140"/><di:waypoint x="300" y="140"/></bpmndi:BPMNEdge>`,
  );
  const diagram = `<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="${id}">${shapes.join("")}${edges.join("")}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>`;
  return model(documentation() + nodes + flows + note)
    .replace('<process id="p"', `<process id="${id}" name="${x()}"`)
    .replace("</definitions>", `${diagram}</definitions>`);
}

function hostileForm(id: string, evil: () => string): string {
  const field = (type: string, at: number, more: object = {}) => ({
    type,
    id: `Field_${at}`,
    key: `f${at}`,
    label: evil(),
    description: evil(),
    ...more,
  });
  return JSON.stringify({
    id: `form-${id}`,
    type: "default",
    schemaVersion: 16,
    components: [
      field("textfield", 1, { defaultValue: evil(), appearance: { prefixAdorner: evil() } }),
      field("textarea", 2, { defaultValue: evil() }),
      field("select", 3, { values: [{ label: evil(), value: evil() }] }),
      field("radio", 4, { values: [{ label: evil(), value: "v" }] }),
      field("checklist", 5, { values: [{ label: evil(), value: evil() }] }),
      { type: "text", id: "Text_1", text: `# ${evil()}` },
      { type: "button", id: "Button_1", label: evil(), action: "submit" },
      { type: "image", id: "Image_1", alt: evil(), source: "javascript:pwned()" },
    ],
  });
}

/** Stores the payloads wherever the server takes a text; gives the pages that show them. */
async function plant(stage: Stage, round: number): Promise<Planted> {
  const evil = payloadsOf(round);
  const id = `evil-${round}`;
  const files = new FormData();
  files.append("resources", new Blob([hostileModel(id, () => evil(300))]), `${id}.bpmn`);
  files.append("resources", new Blob([hostileForm(id, () => evil(300))]), `${id}.form`);
  files.append("resources", new Blob(["x"]), `${evil(150).replaceAll("/", "_")}.txt`);
  const deployed = await fetch(`${stage.url}/v2/deployments`, { method: "POST", body: files });
  expect(deployed.status, await deployed.clone().text()).toBe(200);
  const variables = { [evil(200)]: evil(), text: evil(), nested: { [evil(200)]: [evil()] }, f1: evil() };
  const started = await stage.call<{ processInstanceKey: string; processDefinitionKey: string }>(
    "POST",
    "/v2/process-instances",
    {
      processDefinitionId: id,
      variables,
    },
  );
  const { jobs } = await stage.call<{ jobs: readonly { jobKey: string }[] }>("POST", "/v2/jobs/activation", {
    type: `work-${id}`,
    timeout: 10_000,
    maxJobsToActivate: 1,
    requestTimeout: 5_000,
    worker: evil(200),
  });
  await stage.call("POST", `/v2/jobs/${jobs[0]?.jobKey}/failure`, { retries: 0, errorMessage: evil() });
  const taskKey = await stage.taskOf(started.processInstanceKey);
  const decisionId = await plantDecision(stage, id, evil);
  return {
    paths: [
      "/processes",
      `/processes/${id}`,
      `/processes/${id}/versions/${started.processDefinitionKey}/model`,
      "/instances",
      `/instances/${started.processInstanceKey}`,
      `/instances/${started.processInstanceKey}?tab=history&element=work`,
      `/instances/${started.processInstanceKey}?tab=variables`,
      "/incidents",
      "/tasks",
      `/tasks/${taskKey}`,
      "/decisions",
      `/decisions/${decisionId}`,
      "/policies",
      `/policies/${id}`,
      `/policies/${id}/versions/1/edit`,
      "/audit",
    ],
  };
}

/** A policy of hostile words, asked by a hostile agent. */
async function plantDecision(stage: Stage, id: string, evil: (charactersMax?: number) => string): Promise<string> {
  const { manifest, dmn, tests } = await readPackage("refund");
  await stage.call("POST", "/governance/v1/policies", {
    manifest: {
      ...manifest,
      id,
      name: evil(150),
      description: evil(),
      owner: { team: evil(100), person: evil(100) },
      actions: [id],
    },
    dmn: dmn
      .replaceAll(/ label="[^"]*"/g, () => ` label="${escaped(evil(200))}"`)
      .replaceAll(
        /<annotationEntry([^>]*)><text>[^<]*/g,
        (_, attributes: string) => `<annotationEntry${attributes}><text>${escaped(evil(200))}`,
      ),
    tests,
  });
  const decided = await stage.call<{ decisionId: string }>("POST", "/governance/v1/decisions", {
    action: { type: id, target: evil(200), operation: evil(100) },
    args: { [evil(100)]: evil(), amount: 1 },
    facts: { "subject.note": evil() },
    agent: { id: evil(150), version: evil(50) },
  });
  await stage.call("POST", `/governance/v1/decisions/${decided.decisionId}/outcome`, {
    status: "failed",
    result: { error: evil() },
  });
  return decided.decisionId;
}

describe.skipIf(browser === null)("texts that are scripts", () => {
  let stage: Stage;
  beforeAll(async () => {
    if (browser) stage = await openStage(browser);
  }, 180_000);
  afterAll(async () => {
    await stage?.close();
    await browser?.close();
  });

  it("run nowhere and violate no policy, on any page that shows them (S11)", async () => {
    expect(new Set(scriptPayloads).size).toBe(100);
    for (let round = 0; round < rounds; round++) {
      const { paths } = await plant(stage, round);
      const { page, faults } = await stage.page();
      const open = async (path: string): Promise<void> => {
        await page.goto(stage.url + path);
        // Attached is enough: a name of 300 characters without a blank may push the title aside.
        await page.locator("main h1").first().waitFor({ state: "attached" });
        await settled(page);
      };
      const dialogs: string[] = [];
      page.on("dialog", (dialog) => {
        dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      await page.addInitScript(
        "globalThis.ran = []; globalThis.pwned = (which) => { globalThis.ran.push(which ?? 0); }",
      );
      for (const path of paths) {
        await open(path);
        expect(await page.evaluate<unknown[]>("globalThis.ran"), path).toEqual([]);
        expect(faults, path).toEqual([]);
      }
      expect(dialogs).toEqual([]);
      // They are there, as the texts that they are.
      await open("/processes");
      expect(await page.locator("main").innerText()).toContain("pwned(");
      await page.context().close();
    }
  }, 600_000);

  it("would be noticed if one ran, or if the policy had to stop one (S11)", async () => {
    const { page, faults, open } = await stage.page();
    await page.addInitScript("globalThis.ran = []; globalThis.pwned = (which) => { globalThis.ran.push(which ?? 0); }");
    await open("/tasks");
    await page.evaluate(
      `document.querySelector("main h1").insertAdjacentHTML("beforeend", ${JSON.stringify(scriptPayloads[3])})`,
    );
    await expect.poll(() => faults.join("\n")).toMatch(/content security policy: script-src-attr/);
    await page.evaluate("pwned(1)");
    expect(await page.evaluate("globalThis.ran")).toEqual([1]);
    await page.context().close();
  });
});

describe("our own pages", () => {
  it("take no text for markup: nothing in their sources could (S11)", () => {
    // Parsed as XML a text becomes no markup of ours: nothing runs in such a document, and no node of it comes into the page.
    const forbidden =
      /dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\bsrcdoc\b|javascript:|\beval\(|new Function\(|createContextualFragment|importNode|adoptNode|DOMParser(?!\(\)\.parseFromString\(\w+, "text\/xml"\))/i;
    const found = ["modeler/src", "api/openapi"].flatMap((folder) =>
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => /\.(ts|tsx|html)$/.test(name))
        .map((name) => join(folder, name))
        .filter((file) => forbidden.test(readFileSync(file, "utf8"))),
    );
    expect(found).toEqual([]);
    for (const evil of ["element.innerHTML = name", 'new DOMParser().parseFromString(text, "text/html")'])
      expect(forbidden.test(evil), evil).toBe(true);
  });
});
