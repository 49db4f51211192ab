import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconArchive, IconFolderPlus, IconStack2, IconTrash } from "@tabler/icons-react";
import { createExperiment, createProject } from "../../state/desk-actions.ts";
import { setShowArchived, useDeskView } from "../../state/desk-view.ts";
import { session } from "../../state/session.ts";
import { SearchBox } from "../search/search-box.tsx";
import { Tree } from "./tree.tsx";

/** The search, the tree, and what makes and keeps its projects. */
export function TreeRegion() {
  const showArchived = useDeskView((state) => state.showArchived);
  return (
    <>
      <SearchBox />
      <Tree />
      <div className="tree-foot">
        <Menu position="top-start" width={200} transitionProps={{ duration: 0 }}>
          <Menu.Target>
            <Tooltip label="New project or experiment">
              <ActionIcon variant="subtle" color="gray" size={24} aria-label="New project or experiment">
                <IconFolderPlus size={16} />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconFolderPlus size={14} />} onClick={later(createProject)}>
              New project
            </Menu.Item>
            <Menu.Item leftSection={<IconStack2 size={14} />} onClick={later(createExperiment)}>
              New experiment
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <span className="spacer" />
        <Tooltip label={showArchived ? "Hide what is archived" : "Show what is archived"}>
          <ActionIcon
            variant={showArchived ? "light" : "subtle"}
            color={showArchived ? "indigo" : "gray"}
            size={24}
            aria-label="Show archived"
            aria-pressed={showArchived}
            onClick={() => setShowArchived(!showArchived)}
          >
            <IconArchive size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Trash">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            aria-label="Trash"
            onClick={() => session.set({ dialog: "trash" })}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
    </>
  );
}

/** The name is typed after the menu has given the focus back. */
function later(make: () => Promise<void>): () => void {
  return () => void setTimeout(() => void make());
}
