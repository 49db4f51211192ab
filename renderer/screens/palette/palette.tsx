import "@mantine/spotlight/styles.css";
import { Spotlight, useSpotlight } from "@mantine/spotlight";
import { useMemo, useRef, useState } from "react";
import type { Command } from "../../commands/command.ts";
import { perform } from "../../commands/perform.ts";
import { commands } from "../../commands/registry.ts";
import { type Findable, findMatches } from "../../model/palette.ts";
import { Keys } from "../../parts/keys.tsx";
import "../../styles/palette.css";
import { leavePalette } from "./open.ts";
import { paletteStore } from "./store.ts";
import { checkpointTargets, experimentTargets, projectTargets, runTargets } from "./targets.ts";

interface Entry extends Findable {
  readonly id: string;
  readonly keys?: string | undefined;
  /** Why it cannot be done now. */
  readonly why?: string | undefined;
  go(): void;
}

interface Section {
  readonly label: string;
  readonly entries: readonly Entry[];
}

const mostOfAKind = 8;
const mostCommands = 12;

/** Commands and everything that has a name, found by typing. */
export default function Palette() {
  const [query, setQuery] = useState("");
  const sections = useMemo(() => sectionsFor(query), [query]);
  // The library marks the chosen entry for the eyes only.
  const { selected } = useSpotlight(paletteStore);
  const chosen = sections.flatMap(({ entries }) => entries)[selected];
  const found = sections.length > 0;
  const taken = useRef<Entry>(undefined);
  const close = () => {
    leavePalette();
    // Only now: what it opens or turns to has the keyboard last, and a dialog gives it back to where it was.
    taken.current?.go();
    taken.current = undefined;
  };
  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      scrollable
      maxHeight="min(480px, 60vh)"
      size={640}
      lockScroll={false}
      overlayProps={{ blur: 0, backgroundOpacity: 0.3 }}
      transitionProps={{ duration: 0 }}
      // The list is made when it opens: what can be done changes.
      onSpotlightOpen={() => setQuery("")}
      onSpotlightClose={close}
      returnFocus={false}
      attributes={{ content: { "aria-label": "Search or do something" } }}
    >
      <Spotlight.Search
        placeholder="A command, or the name of a run, an experiment or a project"
        aria-label="Search or do something"
      />
      <span className="visually-hidden" role="status">
        {chosen === undefined ? "" : `${chosen.title}, ${chosen.why ?? chosen.note}`}
      </span>
      <Spotlight.ActionsList className="palette-list">
        {sections.map(({ label, entries }) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {entries.map((entry) => (
              <Spotlight.Action
                key={entry.id}
                onClick={() => {
                  taken.current = entry;
                }}
                data-command={entry.id}
              >
                <span className={entry.why === undefined ? "palette-title" : "palette-title dim"}>{entry.title}</span>
                <span className="palette-note dim">{entry.why ?? entry.note}</span>
                {entry.keys === undefined ? null : <Keys keys={entry.keys} />}
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {found ? null : <Spotlight.Empty>Nothing is called so.</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** Without a query every command, under its heading; with one, the best of each kind. */
function sectionsFor(query: string): Section[] {
  const all = commands.filter((command) => command.id !== "palette");
  if (query.trim() === "") {
    const groups = [...new Set(all.map((command) => command.group))];
    return groups.map((group) => ({
      label: group,
      entries: all.filter((command) => command.group === group).map((command) => commandEntry(command, "")),
    }));
  }
  const sections: Section[] = [
    {
      label: "Commands",
      entries: findMatches(
        all.map((command) => commandEntry(command, command.group)),
        query,
        mostCommands,
      ),
    },
    { label: "Checkpoints", entries: findMatches(checkpointTargets(), query, mostOfAKind) },
    { label: "Runs", entries: findMatches(runTargets(), query, mostOfAKind) },
    { label: "Experiments", entries: findMatches(experimentTargets(), query, mostOfAKind) },
    { label: "Projects", entries: findMatches(projectTargets(), query, mostOfAKind) },
  ];
  return sections.filter(({ entries }) => entries.length > 0);
}

function commandEntry(command: Command, note: string): Entry {
  const { id, title, keys, keywords = [] } = command;
  return { id, title, note, keywords, keys, why: command.unavailable?.(), go: () => perform(command) };
}
