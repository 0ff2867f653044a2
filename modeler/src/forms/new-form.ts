/** What a new form starts from: a heading that says what to do, and one field. */
export function newForm(id: string): string {
  return JSON.stringify(
    {
      id,
      type: "default",
      schemaVersion: 19,
      components: [
        { type: "text", id: "Field_title", text: "# New form" },
        { type: "textfield", id: "Field_first", key: "answer", label: "Answer" },
      ],
    },
    null,
    2,
  );
}
