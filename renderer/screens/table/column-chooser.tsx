import { Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { allMetrics, metricName } from "../../model/metrics.ts";
import { builtInColumns } from "../../model/table.ts";
import { useDesk } from "../../state/desk.ts";
import { useSession } from "../../state/session.ts";
import { changeTable, table, useTableLayout } from "../../state/table.ts";

interface Choice {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly group: "Run" | "Metrics" | "Parameters";
}

/** More are found by typing. */
const mostShown = 60;

/** Chooses the table's columns among all there are, found by typing. */
export function ColumnChooser({ shown }: { readonly shown: readonly string[] }) {
  const open = useTableLayout((state) => state.choosing);
  const chosen = useTableLayout((state) => state.columns !== null);
  const parameters = useDesk((state) => state.parameters);
  const metrics = useDesk((state) => state.metrics);
  const scenarios = useSession((state) => state.scenarios);
  const [typed, setTyped] = useState("");
  const choices = useMemo((): Choice[] => {
    if (!open) return [];
    const keys = new Set<string>();
    for (const values of parameters.values()) for (const key in values) keys.add(key);
    return [
      ...builtInColumns.map(({ id, title }): Choice => ({ id, title, hint: "", group: "Run" })),
      ...allMetrics([metrics]).map(
        (id): Choice => ({ id: `metric:${id}`, title: metricName(id, scenarios).title, hint: id, group: "Metrics" }),
      ),
      ...[...keys].sort().map((key): Choice => ({ id: `parameter:${key}`, title: key, hint: "", group: "Parameters" })),
    ];
  }, [open, parameters, metrics, scenarios]);
  const words = typed.toLowerCase().split(/\s+/);
  const found = choices.filter(({ title, hint }) =>
    words.every((word) => title.toLowerCase().includes(word) || hint.includes(word)),
  );
  const toggle = (id: string, on: boolean) =>
    changeTable({ columns: on ? [...shown, id] : shown.filter((each) => each !== id) });
  const groups = ["Run", "Metrics", "Parameters"] as const;
  return (
    <Popover
      opened={open}
      onChange={(opened) => table.set({ choosing: opened })}
      position="bottom-end"
      width={300}
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconColumns3 size={14} />}
          onClick={() => table.set({ choosing: !open })}
        >
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="column-chooser" aria-label="Columns of the table">
        <TextInput
          size="xs"
          aria-label="Find a column"
          placeholder="Find a column"
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <div className="column-choices">
          {groups.map((group) => {
            const members = found.filter((choice) => choice.group === group);
            if (members.length === 0) return null;
            return (
              <fieldset key={group}>
                <legend>{group}</legend>
                {members.slice(0, mostShown).map(({ id, title, hint }) => (
                  <Checkbox
                    key={id}
                    size="xs"
                    label={title}
                    title={hint}
                    checked={shown.includes(id)}
                    disabled={shown.length === 1 && shown.includes(id)}
                    onChange={(event) => toggle(id, event.currentTarget.checked)}
                  />
                ))}
                {members.length > mostShown ? (
                  <p className="dim pad-small">{members.length - mostShown} more: type a part of the name.</p>
                ) : null}
              </fieldset>
            );
          })}
          {found.length === 0 ? <p className="dim pad-small">No column is called so.</p> : null}
        </div>
        <Button
          size="compact-xs"
          variant="subtle"
          disabled={!chosen}
          onClick={() => changeTable({ columns: null, pinned: [], widths: {} })}
        >
          Back to those that fit
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
