import { Button, Textarea } from "@mantine/core";
import { type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import type { ItemRef } from "../../../preload/contract.ts";
import { changeItems, describe } from "../../state/desk-actions.ts";
import { deskView, useDeskView } from "../../state/desk-view.ts";

const Markdown = lazy(async () => ({ default: (await import("./markdown.tsx")).NotesText }));

interface NotesProps {
  readonly item: ItemRef;
  readonly notes: string;
}

/** Notes in Markdown: shown as text, written as plain text; leaving the field keeps them, and that can be undone. */
export function Notes({ item, notes }: NotesProps) {
  const [draft, setDraft] = useState<string>();
  const asked = useDeskView((state) => state.editing === "notes");
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!asked) return;
    setDraft(notes);
    deskView.set({ editing: undefined });
  }, [asked, notes]);
  const save = (text: string) => {
    setDraft(undefined);
    if (text !== notes) void changeItems([item], { notes: text }, `Changed the notes of ${describe([item])}`);
  };
  const key = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const done = event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
    save(event.currentTarget.value);
    requestAnimationFrame(() => button.current?.focus());
  };
  if (draft !== undefined)
    return (
      <Textarea
        className="notes-field"
        aria-label="Notes in Markdown"
        description="Markdown. Ctrl+Enter keeps them."
        autosize
        minRows={4}
        maxRows={24}
        maxLength={100_000}
        autoFocus
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={(event) => save(event.currentTarget.value)}
        onKeyDown={key}
      />
    );
  return (
    <>
      {notes === "" ? null : (
        <Suspense fallback={<p className="dim">{notes}</p>}>
          <Markdown text={notes} />
        </Suspense>
      )}
      <Button ref={button} className="flush-left" size="compact-xs" variant="subtle" onClick={() => setDraft(notes)}>
        {notes === "" ? "Write notes" : "Edit notes"}
      </Button>
    </>
  );
}
