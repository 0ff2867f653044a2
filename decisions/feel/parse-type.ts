// Type texts: `list<number>`, `context<a: string>`, `function<number> -> string`, `range<date>`, names of item definitions.
import type { TypeNode } from "./ast.ts";
import { childAt, contentOf, type SyntaxNode } from "./syntax-tree.ts";
import type { Terminals } from "./terminals.ts";

export class TypeReader {
  private readonly terminals: Terminals;
  private readonly rangeTypes: ReadonlySet<number>;

  /** @param rangeTypes where the text said `range` and the grammar saw `list` */
  constructor(terminals: Terminals, rangeTypes: ReadonlySet<number>) {
    this.terminals = terminals;
    this.rangeTypes = rangeTypes;
  }

  read(node: SyntaxNode): TypeNode {
    const inner = childAt(node, 0);
    const content = contentOf(inner);
    switch (inner.name) {
      case "ListType":
        return { kind: this.rangeTypes.has(inner.from) ? "range" : "list", item: this.read(content[2]!) };
      case "ContextType":
        return { kind: "context", entries: contentOf(content[2]!).map((entry) => this.entry(entry)) };
      case "FunctionType":
        return {
          kind: "function",
          parameters: contentOf(content[2]!).map((argument) => this.read(childAt(argument, 0))),
          result: this.read(content.at(-1)!),
        };
      default:
        return { kind: "named", name: this.terminals.typeName(inner) };
    }
  }

  private entry(node: SyntaxNode): { name: string; type: TypeNode } {
    return { name: this.terminals.name(childAt(node, 0)), type: this.read(childAt(node, 1)) };
  }
}
