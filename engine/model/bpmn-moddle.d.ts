/** bpmn-moddle 10 ships types for its elements but none for its entry; this is the part of it that the reader uses. */
declare module "bpmn-moddle" {
  export class BpmnModdle {
    constructor(packages: Readonly<Record<string, unknown>>);
  }
}
