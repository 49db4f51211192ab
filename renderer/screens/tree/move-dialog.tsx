import { Combobox, Modal, TextInput, useCombobox } from "@mantine/core";
import { useState } from "react";
import type { ItemRef } from "../../../preload/contract.ts";
import { experimentIsTrashed } from "../../model/tree.ts";
import { useDesk } from "../../state/desk.ts";
import { describe, move } from "../../state/desk-actions.ts";
import { deskView, find, useDeskView } from "../../state/desk-view.ts";

/** Chooses the project of experiments, or the experiment of runs. */
export function MoveDialog() {
  const items = useDeskView((state) => state.moving);
  const close = () => deskView.set({ moving: undefined });
  return (
    <Modal
      opened={items !== undefined}
      onClose={close}
      title={items === undefined ? "Move" : `Move ${describe(items)} to`}
      size={440}
    >
      {items === undefined ? null : <Places items={items} />}
    </Modal>
  );
}

function parentOf(item: ItemRef): string | undefined {
  const found = find(item);
  if (found?.kind === "run") return found.run.experiment;
  return found?.kind === "experiment" ? found.experiment.project : undefined;
}

const mostShown = 50;

function Places({ items }: { readonly items: readonly ItemRef[] }) {
  const projects = useDesk((state) => state.projects);
  const experiments = useDesk((state) => state.experiments);
  const [typed, setTyped] = useState("");
  const combobox = useCombobox({ opened: true });
  const kind = items[0]?.kind === "experiment" ? "project" : "experiment";
  const places =
    kind === "project"
      ? [...projects.values()]
          .filter(({ trashedAt }) => trashedAt === null)
          .map(({ id, name }) => ({ id, name, where: "" }))
      : [...experiments.values()]
          .filter((experiment) => !experimentIsTrashed(experiment, { projects, experiments }))
          .map(({ id, name, project }) => ({ id, name, where: projects.get(project)?.name ?? "" }));
  // Where all of them already are is no place to move to.
  const parents = new Set(items.map(parentOf));
  const others = places.filter(({ id }) => parents.size > 1 || !parents.has(id));
  const found = others.filter(({ name, where }) => `${where} ${name}`.toLowerCase().includes(typed.toLowerCase()));
  return (
    <Combobox store={combobox} onOptionSubmit={(id) => move(items, { kind, id })}>
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          aria-label={kind === "project" ? "Find a project" : "Find an experiment"}
          placeholder={kind === "project" ? "Find a project" : "Find an experiment"}
          value={typed}
          // A list that is always open would keep Escape to itself.
          onKeyDown={(event) => {
            if (event.key === "Escape") deskView.set({ moving: undefined });
          }}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            requestAnimationFrame(() => combobox.selectFirstOption());
          }}
        />
      </Combobox.EventsTarget>
      {found.length === 0 ? (
        <p className="dim pad-small" role="status">
          There is no other place of that name.
        </p>
      ) : (
        <Combobox.Options className="move-options" aria-label="Places">
          {found.slice(0, mostShown).map(({ id, name, where }) => (
            <Combobox.Option key={id} value={id}>
              {name}
              {where === "" ? null : <span className="dim"> in {where}</span>}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      )}
    </Combobox>
  );
}
