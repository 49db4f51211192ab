import { Radio, Stack, Switch } from "@mantine/core";
import { type ClosingChoice, closingChoiceSchema } from "../../../preload/contract.ts";
import { changePreferences, shellPreferences } from "../../state/shell.ts";
import { useStore } from "../../state/store.ts";

const titles: Readonly<Record<ClosingChoice, string>> = {
  ask: "Ask",
  keep: "Keep runs going: they do not need a window",
  pause: "Pause runs at a checkpoint: they can be resumed",
  stop: "Stop runs: they cannot be resumed",
};

/** What happens when the last window closes, and when runs end while nobody looks. */
export function WindowSettings() {
  const { whenClosing, notifications } = useStore(shellPreferences, (state) => state);
  return (
    <>
      <Radio.Group
        label="When the last window closes"
        value={whenClosing}
        onChange={(value) => changePreferences({ whenClosing: closingChoiceSchema.parse(value) })}
      >
        <Stack gap={8} mt={8}>
          {closingChoiceSchema.options.map((choice) => (
            <Radio key={choice} value={choice} label={titles[choice]} />
          ))}
        </Stack>
      </Radio.Group>
      <Switch
        mt={20}
        label="Notify me when runs are done or have failed"
        description="While no window of Edgeloom is in front."
        checked={notifications}
        onChange={(event) => changePreferences({ notifications: event.currentTarget.checked })}
      />
    </>
  );
}
