import { Button, Group, NumberInput, Radio, Stack } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Settings, UserErrorValue } from "../../../preload/contract.ts";
import { formatBytes } from "../../model/format.ts";
import { bridge, useSession } from "../../state/session.ts";

const gigabyte = 1e9;

/** How many runs train at once, and what they leave to everything else. */
export function QueueSettings() {
  const info = useSession((state) => state.info);
  const [stored, setStored] = useState<Settings>();
  const [draft, setDraft] = useState<Settings>();
  const [error, setError] = useState<UserErrorValue>();
  useEffect(() => {
    let shown = true;
    void bridge.call("settings.get", {}).then((answer) => {
      if (!shown) return;
      if (answer.ok) {
        setStored(answer.value);
        setDraft(answer.value);
      } else setError(answer.error);
    });
    return () => {
      shown = false;
    };
  }, []);
  if (draft === undefined || stored === undefined) return error === undefined ? null : <Problem error={error} />;

  const change = (part: Partial<Settings>) => setDraft({ ...draft, ...part });
  const changed = JSON.stringify(draft) !== JSON.stringify(stored);
  const save = async () => {
    const answer = await bridge.call("settings.set", draft);
    setError(answer.ok ? undefined : answer.error);
    if (!answer.ok) return;
    setStored(answer.value);
    setDraft(answer.value);
  };
  const cores = navigator.hardwareConcurrency;
  return (
    <form
      data-form="queue-settings"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap={16} align="flex-start">
        <Radio.Group
          label="Runs at once"
          description="A run with several threads counts as that many."
          value={draft.parallel === null ? "cores" : "number"}
          onChange={(value) => change({ parallel: value === "cores" ? null : cores })}
        >
          <Stack gap={8} mt={8}>
            <Radio value="cores" label={`One a core: ${cores} here`} />
            <Group gap={8}>
              <Radio value="number" label="At most" />
              <NumberInput
                size="xs"
                w={80}
                aria-label="Runs at once, at most"
                min={1}
                max={256}
                allowDecimal={false}
                disabled={draft.parallel === null}
                value={draft.parallel ?? cores}
                onChange={(value) => {
                  if (typeof value === "number") change({ parallel: value });
                }}
              />
            </Group>
          </Stack>
        </Radio.Group>
        <Gigabytes
          label="Memory kept free"
          description={`A run that would take more waits, unless none trains.${info === undefined ? "" : ` Free now: ${formatBytes(info.memoryFreeBytes)} of ${formatBytes(info.memoryTotalBytes)}.`}`}
          bytes={draft.memoryKeptFreeBytes}
          onChange={(memoryKeptFreeBytes) => change({ memoryKeptFreeBytes })}
        />
        <Gigabytes
          label="Disk kept free"
          description={`With less, nothing starts and what trains is paused at a checkpoint.${info === undefined ? "" : ` Free now: ${formatBytes(info.diskFreeBytes)}.`}`}
          bytes={draft.diskKeptFreeBytes}
          onChange={(diskKeptFreeBytes) => change({ diskKeptFreeBytes })}
        />
        {error === undefined ? null : <Problem error={error} />}
        <Group gap={8}>
          <Button type="submit" size="compact-sm" disabled={!changed}>
            Save
          </Button>
          <Button size="compact-sm" variant="default" disabled={!changed} onClick={() => setDraft(stored)}>
            Discard
          </Button>
          <span className="dim" role="status">
            {changed ? "Not saved yet" : "For every window and the command line"}
          </span>
        </Group>
      </Stack>
    </form>
  );
}

interface GigabytesProps {
  readonly label: string;
  readonly description: string;
  readonly bytes: number;
  readonly onChange: (bytes: number) => void;
}

function Gigabytes({ label, description, bytes, onChange }: GigabytesProps) {
  return (
    <NumberInput
      size="xs"
      w="100%"
      classNames={{ wrapper: "queue-gigabytes" }}
      label={label}
      description={description}
      suffix=" GB"
      min={0}
      step={0.5}
      decimalScale={3}
      value={bytes / gigabyte}
      onChange={(value) => {
        if (typeof value === "number") onChange(Math.round(value * gigabyte));
      }}
    />
  );
}

function Problem({ error }: { readonly error: UserErrorValue }) {
  return (
    <p role="alert" className="queue-problem">
      {[error.message, error.hint].filter((part) => part !== "").join(" ")}
    </p>
  );
}
