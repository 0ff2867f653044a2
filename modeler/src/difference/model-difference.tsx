/**
 * What differs between two versions of a process, a decision model or a form: drawn, and told in words. It fills the
 * place it is given; what shows diagrams is loaded only when it is needed.
 */
import { type ComponentType, lazy, Suspense } from "react";
import { Skeleton } from "../ui/notice.tsx";

export type ModelKind = "bpmn" | "dmn" | "form";

export interface DifferenceProps {
  /** The older text: BPMN or DMN XML, or a form-js schema as JSON text. */
  readonly before: string;
  readonly after: string;
  /** "Version 3". */
  readonly beforeLabel: string;
  readonly afterLabel: string;
}

const differences: Readonly<Record<ModelKind, ComponentType<DifferenceProps>>> = {
  bpmn: lazy(async () => ({ default: (await import("./bpmn-difference.tsx")).BpmnDifference })),
  dmn: lazy(async () => ({ default: (await import("./dmn-difference.tsx")).DmnDifference })),
  form: lazy(async () => ({ default: (await import("./form-difference.tsx")).FormDifference })),
};

/** The kind of a deployed file by its name; null for what cannot be compared. */
export function kindOfFile(name: string): ModelKind | null {
  const end = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return end === "bpmn" || end === "dmn" || end === "form" ? end : null;
}

export function ModelDifference({
  kind,
  beforeLabel = "Before",
  afterLabel = "After",
  ...texts
}: Pick<DifferenceProps, "before" | "after"> &
  Partial<DifferenceProps> & {
    readonly kind: ModelKind;
  }) {
  const Difference = differences[kind];
  return (
    <Suspense fallback={<Skeleton lines={8} />}>
      <Difference {...texts} beforeLabel={beforeLabel} afterLabel={afterLabel} />
    </Suspense>
  );
}
