/** A page that breaks says so in its own place; the rest of the application goes on. */
import { Component, type ReactNode } from "react";
import { ProblemNotice } from "../ui/notice.tsx";

interface Props {
  /** When it changes (another page), the boundary tries again. */
  readonly resetKey: string;
  readonly children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { error: unknown; resetKey: string }> {
  override state: { error: unknown; resetKey: string } = { error: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { error: unknown; resetKey: string }) {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div style={{ padding: 24 }}>
        <ProblemNotice error={this.state.error} retry={() => this.setState({ error: null })} />
      </div>
    );
  }
}
