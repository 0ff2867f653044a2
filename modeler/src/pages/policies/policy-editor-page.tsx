export function PolicyEditorPage() {
  return null;
}
