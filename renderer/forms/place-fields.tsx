import { Select, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { FIRST_PROJECT } from "../../preload/contract.ts";
import type { Draft } from "../model/draft.ts";
import { useDesk } from "../state/desk.ts";

interface PlaceFieldsProps {
  readonly draft: Draft;
  /** The name that a new experiment gets when none is typed. */
  readonly placeholder: string;
  /** The project that a new experiment comes into when none is chosen. */
  readonly project?: string | undefined;
  onChange(change: (draft: Draft) => Draft): void;
}

const made = "";

/** Where the runs go: a new experiment with its name, in a project, or one that is there. */
export function PlaceFields({ draft, placeholder, project = FIRST_PROJECT, onChange }: PlaceFieldsProps) {
  const allProjects = useDesk((state) => state.projects);
  const allExperiments = useDesk((state) => state.experiments);
  const projects = useMemo(
    () => [...allProjects.values()].filter(({ trashedAt }) => trashedAt === null),
    [allProjects],
  );
  const projectName = (id: string) => projects.find((each) => each.id === id)?.name ?? "";
  // Newest first: that is the one people add to.
  const known = useMemo(
    () =>
      [...allExperiments.values()]
        .filter(({ trashedAt, project }) => trashedAt === null && projects.some(({ id }) => id === project))
        .sort((a, b) => b.createdAt - a.createdAt),
    [allExperiments, projects],
  );
  return (
    <>
      <Select
        size="xs"
        label="Experiment"
        searchable={known.length > 10}
        data={[
          { value: made, label: "A new one" },
          ...known.map(({ id, name, project: parent }) => ({
            value: id,
            label: projects.length > 1 ? `${name} (${projectName(parent)})` : name,
          })),
        ]}
        value={draft.experiment ?? made}
        onChange={(id) =>
          onChange((before) => ({ ...before, experiment: id === made || id === null ? undefined : id }))
        }
      />
      {draft.experiment !== undefined ? null : (
        <>
          <TextInput
            size="xs"
            label="Name of the experiment"
            placeholder={placeholder}
            maxLength={200}
            value={draft.name}
            onChange={(event) => {
              const name = event.currentTarget.value;
              onChange((before) => ({ ...before, name }));
            }}
          />
          {projects.length < 2 ? null : (
            <Select
              size="xs"
              label="Project"
              searchable={projects.length > 10}
              data={projects.map(({ id, name }) => ({ value: id, label: name }))}
              value={draft.project ?? project}
              onChange={(id) => id !== null && onChange((before) => ({ ...before, project: id }))}
            />
          )}
        </>
      )}
    </>
  );
}
