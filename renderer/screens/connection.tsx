import { Loader } from "@mantine/core";
import { useSession } from "../state/session.ts";
import { EngineTrouble } from "./engine-trouble.tsx";

/** What there is to see before the engine answers, and when it will not. */
export function ConnectionScreen() {
  const engine = useSession((state) => state.engine);
  const notice = useSession((state) => state.notice);
  if (engine.state === "connecting" || engine.state === "connected") {
    return (
      <main className="plain-screen" data-screen="connecting">
        <Loader size="sm" type="dots" />
        <p role="status">{notice?.text ?? engine.text}</p>
      </main>
    );
  }
  return (
    <main className="plain-screen" data-screen={engine.state}>
      <h1>{engine.state === "refused" ? "This window and the engine do not fit" : "The engine does not run"}</h1>
      <p role="alert" className="wide-text">
        {engine.text}
      </p>
      <EngineTrouble text={engine.text} restart="Try again" />
    </main>
  );
}
