/** The form editor: form-js' editor as one class that owns its life. Only the page that edits forms may import it. */
import { FormEditor } from "@bpmn-io/form-js-editor";

export interface SchemaEditorHandlers {
  readonly onChange: (state: { readonly canUndo: boolean; readonly canRedo: boolean }) => void;
}

interface CommandStack {
  canUndo(): boolean;
  canRedo(): boolean;
  undo(): void;
  redo(): void;
}

export class SchemaEditor {
  readonly #editor: FormEditor;
  #destroyed = false;

  constructor(container: HTMLElement, handlers: SchemaEditorHandlers) {
    this.#editor = new FormEditor({ container });
    this.#editor.on("commandStack.changed", () => {
      if (this.#destroyed) return;
      const stack = this.#stack();
      handlers.onChange({ canUndo: stack.canUndo(), canRedo: stack.canRedo() });
    });
  }

  /** Opens a form-js schema; false when the editor was closed meanwhile. @throws when the text is no schema. */
  async open(schema: string): Promise<boolean> {
    await this.#editor.importSchema(JSON.parse(schema));
    return !this.#destroyed;
  }

  save(): string {
    return JSON.stringify(this.#editor.saveSchema(), null, 2);
  }

  undo(): void {
    this.#stack().undo();
  }

  redo(): void {
    this.#stack().redo();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#editor.destroy();
  }

  #stack(): CommandStack {
    return this.#editor.get<CommandStack>("commandStack");
  }
}
