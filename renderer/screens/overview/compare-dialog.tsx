import "../../styles/overview.css";
import { Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import { session, useSession } from "../../state/session.ts";
import { Comparison } from "./comparison.tsx";

/** The selected runs' parameters side by side, from anywhere. */
export function CompareDialog() {
  const asked = useSession((state) => state.dialog === "compare-parameters");
  // A dialog remembers who had the keyboard only where it is seen to open.
  const [opened, setOpened] = useState(false);
  useEffect(() => setOpened(asked), [asked]);
  const selected = useSession((state) => state.selection.selected);
  return (
    <Modal
      opened={opened}
      onClose={() => session.set({ dialog: undefined })}
      title={selected.length === 2 ? "Compare two runs" : `Compare ${selected.length} runs`}
      size="min(1100px, 92vw)"
    >
      {selected.length < 2 ? (
        <p className="dim">Select two runs or more in the list; Ctrl and click adds one.</p>
      ) : (
        <Comparison ids={selected} />
      )}
    </Modal>
  );
}
