import { Button, Group } from "@mantine/core";
import { IconFlag, IconGitFork, IconPinned, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import type { CheckpointSummary, ItemRef } from "../../../preload/contract.ts";
import { formatBytes, formatCount, formatValue } from "../../model/format.ts";
import { Ago } from "../../parts/ago.tsx";
import { CopyButton } from "../../parts/copy-button.tsx";
import { changeItems, describe, trash } from "../../state/desk-actions.ts";
import { openStartFrom } from "../../state/start-form.ts";
import { openReplay } from "../../state/world.ts";
import { CheckpointList } from "../checkpoints.tsx";
import { type Fact, Facts, Section } from "./facts.tsx";
import { ItemLink } from "./item-link.tsx";
import { Notes } from "./notes.tsx";
import { Tags } from "./tags.tsx";

/** Everything about one checkpoint. */
export function CheckpointPanel({ checkpoint }: { readonly checkpoint: CheckpointSummary }) {
  const { id, run, step, label, pinned, reward, bytes, createdAt, isBest, isLast } = checkpoint;
  const item: ItemRef = { kind: "checkpoint", id };
  const title = label === "" ? `Step ${formatCount(step)}` : label;
  const marks = [isBest ? "best" : "", isLast ? "last" : "", pinned ? "pinned" : ""].filter((mark) => mark !== "");
  const facts: Fact[] = [
    ["Run", <ItemLink key="run" item={{ kind: "run", id: run }} />],
    ["Step", formatCount(step)],
    ["Reward", reward === null ? "not evaluated when written" : formatValue(reward)],
    ["Kept as", marks.length === 0 ? "one of every so many" : marks.join(", ")],
    ["On the disk", formatBytes(bytes)],
    ["Written", <Ago key="written" time={createdAt} />],
    [
      "SHA-256",
      <span key="sha" className="breakable">
        {checkpoint.sha256}
      </span>,
    ],
  ];
  return (
    <div className="inspector" data-checkpoint={id}>
      <h2 className="inspector-title">
        <IconFlag size={16} aria-hidden="true" />
        <span className="ellipsis" title={id}>
          {title}
        </span>
        <CopyButton text={id} what="the checkpoint's id" />
      </h2>
      <Group gap={4} className="commands">
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconGitFork size={14} />}
          onClick={() => void openStartFrom({ fork: id })}
        >
          Fork
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlayerPlay size={14} />}
          onClick={() => openReplay(id)}
        >
          Replay
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPinned size={14} />}
          aria-pressed={pinned}
          onClick={() =>
            void changeItems([item], { pinned: !pinned }, `${pinned ? "Let go" : "Pinned"} ${describe([item])}`)
          }
        >
          {pinned ? "Let go" : "Pin"}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          className="danger"
          leftSection={<IconTrash size={14} />}
          onClick={() => void trash([item])}
        >
          Trash
        </Button>
      </Group>
      <Facts facts={facts} />
      <Tags key={`tags ${id}`} item={item} tags={checkpoint.tags} />
      <Notes key={`notes ${id}`} item={item} notes={checkpoint.notes} />
      <Section title="Evaluation" open>
        <CheckpointList checkpoints={[checkpoint]} />
      </Section>
    </div>
  );
}
