/**
 * The properties panel's groups for what is ours: the agent of an ad-hoc sub-process with its budget, the governed
 * action of an activity, the policies that guard it and the facts they get. Attributes of urn:interlock:schema:1.
 * The panel calls the functions below as its own (preact) components; nothing of React is in here.
 */
import {
  CheckboxEntry,
  FeelEntry,
  FeelTextAreaEntry,
  isCheckboxEntryEdited,
  isFeelEntryEdited,
  isSelectEntryEdited,
  isTextFieldEntryEdited,
  ListGroup,
  Group as PanelGroup,
  SelectEntry,
  TextFieldEntry,
} from "@bpmn-io/properties-panel";
import {
  addExtension,
  extensionsOf,
  type Moddle,
  type Modeling,
  removeExtension,
  setAttributes,
} from "./extensions.ts";
import { type PanelEntry as Entry, formLink } from "./form-link.ts";
import type { ModdleElement, Shape } from "./services.ts";

interface Injector {
  get(name: string): unknown;
}

interface Group {
  readonly id: string;
  readonly label: string;
  readonly component?: unknown;
  readonly entries?: readonly Entry[];
  readonly [name: string]: unknown;
}

interface Option {
  readonly value: string;
  readonly label: string;
}

const options = (...pairs: readonly (readonly [string, string])[]): readonly Option[] =>
  pairs.map(([value, label]) => ({ value, label }));

const operations = options(
  ["", "not said"],
  ["read", "Read"],
  ["write", "Write"],
  ["delete", "Delete"],
  ["send", "Send"],
  ["pay", "Pay"],
  ["execute", "Execute"],
  ["escalate", "Escalate"],
);
const riskClasses = options(
  ["", "not said"],
  ["low", "Low"],
  ["medium", "Medium"],
  ["high", "High"],
  ["critical", "Critical"],
);
const onDeny = options(
  ["", "Tell the agent (default for tools)"],
  ["result", "Give a result that says so"],
  ["error", "Throw the error POLICY_DENIED"],
);
const onExceed = options(
  ["", "Pause (default)"],
  ["pause", "Pause"],
  ["error", "Throw an error"],
  ["escalate", "Escalate"],
);
const patterns = options(
  ["", "Ask before it runs (default)"],
  ["sync", "Ask before it runs"],
  ["preEvaluate", "Use an answer given in advance"],
  ["async", "Run, and correct afterwards"],
);
const defaults = options(["", "As the risk class says"], ["DENY", "Deny"], ["ALLOW", "Allow"]);
const provenances = options(
  ["", "Derived (default)"],
  ["trusted", "Own records"],
  ["derived", "Derived"],
  ["model", "Written by the model"],
);

/** Registers itself with the panel, after the groups of BPMN and Zeebe. */
export class InterlockPropertiesProvider {
  static $inject = ["propertiesPanel", "injector"];
  readonly #injector: Injector;

  constructor(propertiesPanel: { registerProvider(priority: number, provider: unknown): void }, injector: Injector) {
    this.#injector = injector;
    propertiesPanel.registerProvider(400, this);
  }

  getGroups(element: Shape): (groups: readonly Group[]) => readonly Group[] {
    const ours = new GroupBuilder(element, this.#injector).groups();
    const link = formLink(element, this.#injector.get("translate") as (text: string) => string);
    return (groups) => {
      // What an element may do belongs right after its name, not below a dozen technical groups.
      const after = groups.findIndex((group) => group.id === "documentation") + 1;
      const all = [...groups.slice(0, after), ...ours, ...groups.slice(after)];
      if (!link) return all;
      // The panel knows forms of user tasks only; a start event may name one as well.
      if (!all.some(({ id }) => id === "form"))
        return [...all, { id: "form", label: "Form", entries: [link], component: PanelGroup }];
      return all.map((group) =>
        group.id === "form" ? { ...group, entries: [...(group.entries ?? []), link] } : group,
      );
    };
  }
}

class GroupBuilder {
  readonly #element: Shape;
  readonly #modeling: Modeling;
  readonly #moddle: Moddle;
  readonly #debounce: unknown;
  readonly #translate: (text: string) => string;

  constructor(element: Shape, injector: Injector) {
    this.#element = element;
    this.#modeling = injector.get("modeling") as Modeling;
    this.#moddle = injector.get("bpmnFactory") as Moddle;
    this.#debounce = injector.get("debounceInput");
    this.#translate = injector.get("translate") as (text: string) => string;
  }

  groups(): readonly Group[] {
    const { type } = this.#element;
    const groups: Group[] = [];
    if (type === "bpmn:AdHocSubProcess") groups.push(...this.#agentGroups());
    if (/Task$|CallActivity$|SubProcess$/.test(type) && type !== "bpmn:AdHocSubProcess")
      groups.push(...this.#actionGroups());
    else if (type === "bpmn:AdHocSubProcess") groups.push(this.#guardrails());
    return groups;
  }

  #agentGroups(): readonly Group[] {
    const agent = this.#one("interlock:Agent");
    const entries: Entry[] = [
      this.#presence("agent-on", "Run by an agent", "interlock:Agent", {
        id: this.#element.id,
        version: "1",
        model: "default",
      }),
    ];
    if (!agent) return [{ id: "interlock-agent", label: "Agent", entries }];
    entries.push(
      this.#text("agent-id", "Agent id", agent, "id"),
      this.#text("agent-version", "Version", agent, "version"),
      this.#text("agent-model", "Model", agent, "model", "A model of the server's configuration, or default."),
      this.#text(
        "agent-prompt",
        "Prompt reference",
        agent,
        "promptRef",
        "Name and version, recorded with each model call.",
      ),
      this.#prompt("agent-system", "System prompt", agent, "systemPrompt", "interlock:SystemPrompt"),
      this.#prompt("agent-user", "User prompt", agent, "userPrompt", "interlock:UserPrompt"),
    );
    const budget = this.#one("interlock:Budget");
    const limits: Entry[] = [
      this.#presence("budget-on", "Limit what the agent may use", "interlock:Budget", {
        modelCalls: "10",
        onExceed: "pause",
      }),
    ];
    if (budget) {
      limits.push(
        this.#text("budget-model", "Model calls", budget, "modelCalls"),
        this.#text("budget-tools", "Tool calls", budget, "toolCalls"),
        this.#text("budget-tokens", "Tokens", budget, "tokens"),
        this.#text("budget-time", "Wall time", budget, "wallTime", "An ISO duration such as PT10M."),
        this.#select("budget-exceed", "When it is used up", budget, "onExceed", onExceed),
      );
    }
    return [
      { id: "interlock-agent", label: "Agent", entries },
      { id: "interlock-budget", label: "Agent budget", entries: limits },
    ];
  }

  #actionGroups(): readonly Group[] {
    const action = this.#one("interlock:Action");
    const entries: Entry[] = [
      this.#presence("action-on", "This is a governed action", "interlock:Action", {
        type: this.#element.id,
        consequential: "true",
      }),
    ];
    if (!action) return [{ id: "interlock-action", label: "Governed action", entries }];
    entries.push(
      this.#text("action-type", "Action type", action, "type", "What policies call it, for example issue_refund."),
      this.#text("action-target", "Target", action, "target", "The system that it acts on."),
      this.#select("action-operation", "Operation", action, "operation", operations),
      this.#select("action-risk", "Risk class", action, "riskClass", riskClasses),
      this.#flag("action-consequential", "Consequential: a policy has to permit it", action, "consequential", true),
      this.#flag("action-reversible", "Can be undone", action, "reversible", false),
      this.#text(
        "action-tool",
        "Tool reference",
        action,
        "toolRef",
        "Entry of the tool catalogue, for example payments.refund@1.",
      ),
      this.#select("action-deny", "When it is denied", action, "onDeny", onDeny),
      this.#text(
        "action-offered",
        "Offered to the agent when",
        action,
        "offeredWhen",
        'FEEL, for example =account.standing = "good". Empty: always. Otherwise the model is not told of the tool.',
      ),
    );
    return [{ id: "interlock-action", label: "Governed action", entries }, this.#guardrails(), this.#facts()];
  }

  #guardrails(): Group {
    return this.#list(
      "interlock-guardrails",
      "Policies",
      "interlock:Guardrail",
      { policyRef: "", binding: "active", pattern: "sync" },
      (guardrail, id) => ({
        label: attribute(guardrail, "policyRef") || "policy not named",
        entries: [
          this.#text(`${id}-policy`, "Policy id", guardrail, "policyRef"),
          this.#text(`${id}-binding`, "Version", guardrail, "binding", "active, or a fixed version such as version:3."),
          this.#select(`${id}-pattern`, "When to ask", guardrail, "pattern", patterns),
          this.#select(`${id}-default`, "Until there is an answer", guardrail, "default", defaults),
          this.#text(
            `${id}-staleness`,
            "How old an answer may be",
            guardrail,
            "maxStaleness",
            "An ISO duration such as PT5M.",
          ),
        ],
      }),
    );
  }

  #facts(): Group {
    return this.#list(
      "interlock-facts",
      "Facts for the policy",
      "interlock:Fact",
      { name: "", expression: "=", provenance: "trusted" },
      (fact, id) => ({
        label: attribute(fact, "name") || "fact not named",
        entries: [
          this.#text(`${id}-name`, "Name", fact, "name", "Dotted, for example subject.accountTenureDays."),
          this.#feel(`${id}-expression`, "Value", fact, "expression"),
          this.#select(`${id}-provenance`, "Comes from", fact, "provenance", provenances),
        ],
      }),
    );
  }

  #list(
    id: string,
    label: string,
    type: string,
    fresh: Readonly<Record<string, string>>,
    item: (value: ModdleElement, id: string) => { readonly label: string; readonly entries: readonly Entry[] },
  ): Group {
    const element = this.#element;
    const values = extensionsOf(element).filter((value) => value.$type === type);
    return {
      id,
      label,
      component: ListGroup,
      element,
      items: values.map((value, index) => ({
        id: `${id}-${index}`,
        ...item(value, `${id}-${index}`),
        autoFocusEntry: `${id}-${index}-${type === "interlock:Fact" ? "name" : "policy"}`,
        remove: (event: { stopPropagation(): void }) => {
          event.stopPropagation();
          removeExtension(element, value, this.#modeling);
        },
      })),
      add: (event: { stopPropagation(): void }) => {
        event.stopPropagation();
        addExtension(element, type, fresh, this.#modeling, this.#moddle);
      },
    };
  }

  #one(type: string): ModdleElement | undefined {
    return extensionsOf(this.#element).find((value) => value.$type === type);
  }

  /** A check box that adds or removes the whole extension. */
  #presence(id: string, label: string, type: string, fresh: Readonly<Record<string, string>>): Entry {
    const existing = this.#one(type);
    return {
      id,
      component: ({ element }) =>
        call(CheckboxEntry, {
          element,
          id,
          label: this.#translate(label),
          getValue: () => existing !== undefined,
          setValue: (on: boolean) => {
            if (on && !existing) addExtension(element, type, fresh, this.#modeling, this.#moddle);
            else if (!on && existing) removeExtension(element, existing, this.#modeling);
          },
        }),
      isEdited: isCheckboxEntryEdited,
    };
  }

  #text(id: string, label: string, holder: ModdleElement, name: string, description?: string): Entry {
    return {
      id,
      component: ({ element }) =>
        call(TextFieldEntry, {
          element,
          id,
          label: this.#translate(label),
          ...(description ? { description: this.#translate(description) } : {}),
          getValue: () => attribute(holder, name),
          setValue: (value: string | undefined) =>
            setAttributes(element, holder, { [name]: value || undefined }, this.#modeling),
          debounce: this.#debounce,
        }),
      isEdited: isTextFieldEntryEdited,
    };
  }

  #feel(id: string, label: string, holder: ModdleElement, name: string): Entry {
    return {
      id,
      component: ({ element }) =>
        call(FeelEntry, {
          element,
          id,
          label: this.#translate(label),
          feel: "required",
          getValue: () => attribute(holder, name),
          setValue: (value: string | undefined) =>
            setAttributes(element, holder, { [name]: value || undefined }, this.#modeling),
          debounce: this.#debounce,
        }),
      isEdited: isFeelEntryEdited,
    };
  }

  #select(id: string, label: string, holder: ModdleElement, name: string, choices: readonly Option[]): Entry {
    return {
      id,
      component: ({ element }) =>
        call(SelectEntry, {
          element,
          id,
          label: this.#translate(label),
          getOptions: () => choices.map((choice) => ({ ...choice, label: this.#translate(choice.label) })),
          getValue: () => attribute(holder, name),
          setValue: (value: string) => setAttributes(element, holder, { [name]: value || undefined }, this.#modeling),
        }),
      isEdited: isSelectEntryEdited,
    };
  }

  #flag(id: string, label: string, holder: ModdleElement, name: string, fallback: boolean): Entry {
    return {
      id,
      component: ({ element }) =>
        call(CheckboxEntry, {
          element,
          id,
          label: this.#translate(label),
          getValue: () => (attribute(holder, name) === "" ? fallback : attribute(holder, name) === "true"),
          setValue: (on: boolean) => setAttributes(element, holder, { [name]: String(on) }, this.#modeling),
        }),
      isEdited: isCheckboxEntryEdited,
    };
  }

  /** A prompt is a child element with a text; it may be FEEL. */
  #prompt(id: string, label: string, agent: ModdleElement, name: string, type: string): Entry {
    return {
      id,
      component: ({ element }) =>
        call(FeelTextAreaEntry, {
          element,
          id,
          label: this.#translate(label),
          feel: "optional",
          rows: 6,
          getValue: () => attribute(agent.get(name) as ModdleElement | undefined, "text"),
          setValue: (text: string | undefined) => {
            const prompt = text ? this.#moddle.create(type, { text }) : undefined;
            if (prompt) Object.assign(prompt, { $parent: agent });
            setAttributes(element, agent, { [name]: prompt }, this.#modeling);
          },
          debounce: this.#debounce,
        }),
      isEdited: isFeelEntryEdited,
    };
  }
}

function attribute(holder: ModdleElement | undefined, name: string): string {
  const value = holder?.get(name);
  return value === undefined || value === null ? "" : String(value);
}

/** The panel's entries are preact components; called inside one of ours they share its hooks. */
function call(component: unknown, properties: object): unknown {
  return (component as (properties: object) => unknown)(properties);
}
