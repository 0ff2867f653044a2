/**
 * The browsable page of the API: plain HTML made on the server from the OpenAPI document, one style sheet, one small
 * script that filters; nothing from elsewhere and nothing inline, so that it lives under the same policy as the modeler.
 */
import type { AuthorizationObject, OpenApiDocument, OperationObject } from "./document.ts";

/** Everything that comes from a description is text, never markup. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function docsPage(document: OpenApiDocument): string {
  const groups = document.tags.map(({ name }) => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => operation.tags[0] === name)
        .map(([method, operation]) => operationEntry(method, path, operation)),
    );
    return `<section><h2 id="${escapeHtml(name)}">${escapeHtml(name)}</h2>${operations.join("")}</section>`;
  });
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${jsonBlock(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interlock API</title><link rel="stylesheet" href="/docs/docs.css"><script src="/docs/docs.js" defer></script></head>
<body><header><h1>Interlock API</h1><p>${escapeHtml(document.info.description)}</p>
<p><a href="/openapi.json">openapi.json</a> · <a href="/">Application</a></p>
<label>Filter <input id="filter" type="search" placeholder="path, name or permission" autocomplete="off"></label>
<p id="count" role="status"></p></header>
<main>${groups.join("\n")}<section><h2>Schemas</h2>${schemas.join("")}</section></main></body></html>`;
}

function operationEntry(method: string, path: string, operation: OperationObject): string {
  const parameters = (operation.parameters ?? []).map(
    (parameter) =>
      `<li><code>${escapeHtml(parameter.name)}</code> in ${parameter.in}${parameter.required ? "" : ", optional"}</li>`,
  );
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      `<h4>Body <small>${escapeHtml(type)}${operation.requestBody?.required === true ? "" : ", optional"}</small></h4>${jsonBlock(schema)}`,
  );
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const content = Object.entries(response.content ?? {}).map(
      ([type, { schema }]) => `<p><small>${escapeHtml(type)}</small></p>${jsonBlock(schema)}`,
    );
    return `<h4>${escapeHtml(status)} <small>${escapeHtml(response.description)}</small></h4>${content.join("")}`;
  });
  return `<details class="operation" id="${escapeHtml(operation.operationId)}" data-text="${escapeHtml(`${method} ${path} ${operation.operationId} ${operation["x-permission"]} ${(operation["x-authorizations"] ?? []).map(({ permissionType }) => permissionType).join(" ")}`.toLowerCase())}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code> <span>${escapeHtml(operation.summary)}</span></summary>
<p>Operation <code>${escapeHtml(operation.operationId)}</code>, permission <code>${escapeHtml(operation["x-permission"])}</code>${(operation["x-authorizations"] ?? []).map(authorizationText).join("")}</p>
${parameters.length === 0 ? "" : `<h4>Parameters</h4><ul>${parameters.join("")}</ul>`}${bodies.join("")}${responses.join("")}</details>`;
}

function authorizationText({
  resourceType,
  permissionType,
  singleResources,
  with: besides = [],
}: AuthorizationObject): string {
  const more = besides.map((other) => `${other.permissionType} on ${other.resourceType}`).join(" or ");
  const text = `${permissionType} on ${resourceType}${singleResources ? "" : " *"}${more === "" ? "" : `, with ${more}`}`;
  return ` or <code>${escapeHtml(text)}</code>`;
}

function jsonBlock(schema: unknown): string {
  return `<pre tabindex="0">${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`;
}

export const docsStyle = `
:root { color-scheme: light dark; --ink: light-dark(#1c2230, #e7eaf2); --soft: light-dark(#5a6478, #a3adc2); --line: light-dark(#d9deea, #333b4d); --ground: light-dark(#fff, #12161f); --raised: light-dark(#f5f7fb, #1a2030); --accent: light-dark(#2f4fd0, #9db2ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
header, main { max-width: 1080px; margin: 0 auto; padding: 16px 24px; }
h1 { margin: 16px 0 4px; font-size: 26px; } h2 { margin: 32px 0 8px; font-size: 18px; } h4 { margin: 16px 0 4px; font-size: 14px; }
small, header p { color: var(--soft); font-weight: 400; } a { color: var(--accent); }
input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px; min-width: 320px; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 6px 0; padding: 0 12px; }
details[open] { padding-bottom: 12px; background: var(--raised); }
summary { cursor: pointer; padding: 8px 0; overflow-wrap: anywhere; } summary span:last-child { color: var(--soft); }
.method { display: inline-block; min-width: 58px; font: 600 12px/1 ui-monospace, monospace; color: var(--accent); }
code, pre { font: 13px/1.5 ui-monospace, monospace; } pre { overflow: auto; max-height: 420px; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: 10px; }
[hidden] { display: none; }
`;

/** Filters operations by what stands in their data-text; opens the one that the address names. */
export const docsScript = `
const field = document.getElementById("filter");
const entries = [...document.querySelectorAll(".operation")];
function apply() {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entries) {
    entry.hidden = !words.every((word) => entry.dataset.text.includes(word));
    if (!entry.hidden) shown++;
  }
  for (const section of document.querySelectorAll("main > section")) {
    const own = [...section.querySelectorAll(".operation")];
    section.hidden = own.length > 0 && own.every((entry) => entry.hidden);
  }
  document.getElementById("count").textContent = shown + " operations";
}
field.addEventListener("input", apply);
function openNamed() {
  const entry = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (entry instanceof HTMLDetailsElement) { entry.open = true; entry.scrollIntoView(); }
}
addEventListener("hashchange", openNamed);
apply();
openNamed();
`;
