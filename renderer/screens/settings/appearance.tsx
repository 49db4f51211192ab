import { Radio, Stack } from "@mantine/core";
import { type Theme, themeSchema } from "../../../preload/contract.ts";
import { changePreferences, shellPreferences } from "../../state/shell.ts";
import { useStore } from "../../state/store.ts";

const titles: Readonly<Record<Theme, string>> = { system: "As the system", light: "Light", dark: "Dark" };

/** Light or dark; what cannot be set is said, so that nobody looks for it. */
export function AppearanceSettings() {
  const theme = useStore(shellPreferences, (state) => state.theme);
  return (
    <>
      <Radio.Group
        label="Colours"
        value={theme}
        onChange={(value) => changePreferences({ theme: themeSchema.parse(value) })}
      >
        <Stack gap={8} mt={8}>
          {themeSchema.options.map((choice) => (
            <Radio key={choice} value={choice} label={titles[choice]} />
          ))}
        </Stack>
      </Radio.Group>
      <p className="dim">
        Runs have colours that people who see fewer colours can tell apart, and states have shapes as well. Motion is
        left out where the system asks for less. The size follows the zoom of the View menu.
      </p>
    </>
  );
}
