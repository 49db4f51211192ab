import { Modal, Tabs } from "@mantine/core";
import type { ComponentType } from "react";
import { session, useSession } from "../../state/session.ts";
import "../../styles/settings.css";
import { QueueSettings } from "../queue/settings-form.tsx";
import { AppearanceSettings } from "./appearance.tsx";
import { DeviceSettings } from "./devices.tsx";
import { FolderSettings } from "./folder.tsx";
import { RetentionSettings } from "./retention.tsx";
import { WindowSettings } from "./window.tsx";

const sections: Readonly<Record<string, { readonly title: string; readonly Section: ComponentType }>> = {
  folder: { title: "Data folder", Section: FolderSettings },
  queue: { title: "Runs at once", Section: QueueSettings },
  devices: { title: "Devices", Section: DeviceSettings },
  retention: { title: "Checkpoints kept", Section: RetentionSettings },
  appearance: { title: "Appearance", Section: AppearanceSettings },
  window: { title: "Windows", Section: WindowSettings },
};

/** What a person sets once: of the data folder, of this computer, of the windows. */
export function Settings() {
  const open = useSession((state) => state.dialog === "settings");
  return (
    <Modal opened={open} onClose={() => session.set({ dialog: undefined })} title="Settings" size={820}>
      <Tabs defaultValue="folder" orientation="vertical" keepMounted={false} className="settings">
        <Tabs.List aria-label="Settings">
          {Object.entries(sections).map(([name, { title }]) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(sections).map(([name, { Section }]) => (
          <Tabs.Panel key={name} value={name} className="settings-panel">
            <Section />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Modal>
  );
}
