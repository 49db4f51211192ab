import { Button, Group } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { bridge } from "../state/session.ts";
import { useAbout } from "./engine-trouble.tsx";

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly error: unknown;
}

/** Whatever is thrown while drawing, in an event or in a promise is a bug: say so, with its details. */
export class CrashBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override componentDidMount(): void {
    window.addEventListener("error", this.onError);
    window.addEventListener("unhandledrejection", this.onRejection);
  }

  override componentWillUnmount(): void {
    window.removeEventListener("error", this.onError);
    window.removeEventListener("unhandledrejection", this.onRejection);
  }

  private readonly onError = (event: ErrorEvent): void => {
    // Chromium reports a layout that needs one more frame as an error without one.
    if (event.error === null || event.error === undefined) return;
    this.setState({ error: event.error });
  };

  private readonly onRejection = (event: PromiseRejectionEvent): void => this.setState({ error: event.reason });

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? this.props.children : <CrashScreen error={error} />;
  }
}

function CrashScreen({ error }: { readonly error: unknown }) {
  const about = useAbout();
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const details = `${stack}\n\n${about}`;
  return (
    <main className="plain-screen" data-screen="crash">
      <h1>The window met a bug</h1>
      <p>Runs and their results are not affected: they do not need the window.</p>
      <pre className="details">{details}</pre>
      <Group gap={8}>
        <Button onClick={() => window.location.reload()}>Restart the window</Button>
        <Button variant="default" onClick={() => void bridge.copyText(details)}>
          Copy details
        </Button>
        <Button variant="default" onClick={() => void bridge.act("show-log")}>
          Show the log
        </Button>
      </Group>
    </main>
  );
}
