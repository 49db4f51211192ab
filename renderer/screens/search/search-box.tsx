import { ActionIcon, CloseButton, Popover, TextInput } from "@mantine/core";
import { IconHelpCircle, IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { completions } from "../../model/query-complete.ts";
import { currentWords, setFilter, useDeskView } from "../../state/desk-view.ts";
import { useSession } from "../../state/session.ts";
import "../../styles/desk.css";
import { filterFieldId } from "../menu-commands.ts";
import { QueryHelp } from "./query-help.tsx";

/** The search of tree and table: a query, with what could be meant below it. */
export function SearchBox() {
  const text = useSession((state) => state.filter);
  const error = useDeskView((state) => state.queryError);
  const [cursor, setCursor] = useState<number>();
  const [chosen, setChosen] = useState(-1);
  const [helping, setHelping] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const { from, to, options } =
    cursor === undefined ? { from: 0, to: 0, options: [] } : completions(text, cursor, currentWords());

  const close = () => {
    setCursor(undefined);
    setChosen(-1);
  };
  const type = (value: string, at: number) => {
    setFilter(value);
    setCursor(at);
    setChosen(-1);
  };
  const take = (index: number) => {
    const option = options[index];
    if (option === undefined) return;
    // A name is followed by its value, a value by the next word.
    const end = option.text.endsWith(":") ? "" : " ";
    const before = text.slice(0, from) + option.text + end;
    type(before + text.slice(to).trimStart(), before.length);
    requestAnimationFrame(() => field.current?.setSelectionRange(before.length, before.length));
  };
  const correct = () => {
    if (error?.suggestion === undefined) return;
    const before = text.slice(0, error.from) + error.suggestion;
    type(before + text.slice(error.to), before.length);
    field.current?.focus();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" && options.length > 0) setChosen((chosen + 1) % options.length);
    else if (event.key === "ArrowUp" && options.length > 0)
      setChosen(((chosen + options.length) % (options.length + 1)) - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(chosen);
    else if (event.key === "Escape" && options.length > 0) close();
    else if (event.key === "Escape" && text !== "") type("", 0);
    else if (event.key === "Enter" || event.key === "ArrowDown") document.querySelector<HTMLElement>(".tree")?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const open = options.length > 0;
  return (
    <div className="search-box">
      <Popover
        opened={open}
        position="bottom-start"
        width={320}
        trapFocus={false}
        withRoles={false}
        transitionProps={{ duration: 0 }}
        offset={2}
      >
        <Popover.Target>
          <TextInput
            ref={field}
            id={filterFieldId}
            size="xs"
            role="combobox"
            aria-label="Filter runs"
            aria-expanded={open}
            aria-controls={`${id}-options`}
            aria-autocomplete="list"
            aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
            aria-invalid={error !== undefined}
            aria-describedby={error === undefined ? undefined : `${id}-error`}
            autoComplete="off"
            spellCheck={false}
            placeholder="Search: status:failed users>7"
            leftSection={<IconSearch size={14} />}
            rightSection={
              text === "" ? (
                <Popover opened={helping} onChange={setHelping} position="bottom-end" width={420} trapFocus returnFocus>
                  <Popover.Target>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size={22}
                      aria-label="What can be searched for"
                      onClick={() => setHelping(!helping)}
                    >
                      <IconHelpCircle size={14} />
                    </ActionIcon>
                  </Popover.Target>
                  <Popover.Dropdown className="query-help" aria-label="What can be searched for">
                    <QueryHelp />
                  </Popover.Dropdown>
                </Popover>
              ) : (
                <CloseButton size="xs" aria-label="Clear the search" onClick={() => type("", 0)} />
              )
            }
            value={text}
            onChange={(event) => type(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)}
            onKeyDown={key}
            onBlur={close}
          />
        </Popover.Target>
        <Popover.Dropdown className="completions">
          <div id={`${id}-options`} role="listbox" aria-label="Completions">
            {options.map((option, index) => (
              // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the search box has the focus and names the option as active
              <div
                key={option.text}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === chosen}
                className="completion"
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => take(index)}
              >
                <span className="completion-text">{option.text}</span>
                <span className="dim ellipsis">{option.hint}</span>
              </div>
            ))}
          </div>
        </Popover.Dropdown>
      </Popover>
      {error === undefined ? null : (
        <p id={`${id}-error`} className="search-error" role="alert">
          {error.message}
          {error.suggestion === undefined ? null : (
            <>
              {" "}
              <button type="button" className="link" onClick={correct}>
                {error.suggestion}?
              </button>
            </>
          )}
        </p>
      )}
    </div>
  );
}

/** Turns to the search box with a word more to be completed. */
export function searchFor(word: string): void {
  const field = document.getElementById(filterFieldId);
  if (!(field instanceof HTMLInputElement)) return;
  const before = field.value.trim();
  setFilter(before === "" ? word : `${before} ${word}`);
  // After the menu that asked has given the focus back.
  setTimeout(() => {
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
}
