/** A policy package as three files of a form: policy.json, policy.dmn, tests.json. */
import type { PolicyPackage } from "../../decisions/index.ts";
import { admitJsonText } from "../http/json-text.ts";
import type { MultipartForm } from "../http/multipart.ts";
import { Problem } from "../http/problem.ts";

export function readPackageForm(form: MultipartForm): PolicyPackage {
  const texts = new Map(form.files.map((file) => [file.name, file.content.toString("utf8")]));
  const manifest = texts.get("policy.json");
  const dmn = texts.get("policy.dmn");
  if (manifest === undefined || dmn === undefined) {
    throw new Problem(
      "INVALID_ARGUMENT",
      "Expected the files policy.json and policy.dmn, but one is missing (at body.files).",
    );
  }
  const tests = texts.get("tests.json");
  return {
    manifest: parse(manifest, "policy.json"),
    dmn,
    ...(tests === undefined ? {} : { tests: parse(tests, "tests.json") }),
  };
}

function parse(text: string, name: string): PolicyPackage["manifest"] {
  const admission = admitJsonText(text);
  if (!admission.ok) throw new Problem("INVALID_ARGUMENT", `${admission.message} (in ${name})`);
  return admission.value as PolicyPackage["manifest"];
}
