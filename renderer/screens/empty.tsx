import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { startQuickStart } from "../state/actions.ts";
import { openStart } from "../state/start-form.ts";

/** An empty project teaches in one line and one button. */
export function EmptyProject() {
  const [starting, setStarting] = useState(false);
  const start = () => {
    setStarting(true);
    void startQuickStart().finally(() => setStarting(false));
  };
  return (
    <main className="plain-screen" data-screen="empty">
      <h2>No runs yet</h2>
      <p>A run trains one learner in one scenario; its curves appear here while it learns.</p>
      <Group gap={8}>
        <Button onClick={start} loading={starting}>
          Start the quick start
        </Button>
        <Button variant="default" onClick={openStart}>
          Choose what to train
        </Button>
      </Group>
      <p className="dim">The quick start trains HMPPO on emulator tuning, size small: about 15 seconds.</p>
    </main>
  );
}
