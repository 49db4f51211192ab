import { SegmentedControl, Tooltip } from "@mantine/core";
import type { Draft } from "../model/draft.ts";

interface CombineChoiceProps {
  readonly combine: Draft["combine"];
  onChange(change: (draft: Draft) => Draft): void;
}

/** How several values of two parameters or more go together. */
export function CombineChoice({ combine, onChange }: CombineChoiceProps) {
  return (
    <Tooltip label={combine === "grid" ? "Every value with every other" : "The first values together, then the second"}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label="Combine the values"
        value={combine}
        onChange={(value) => onChange((before) => ({ ...before, combine: value === "list" ? "list" : "grid" }))}
        data={[
          { value: "grid", label: "As a grid" },
          { value: "list", label: "As a list" },
        ]}
      />
    </Tooltip>
  );
}
