import { TagsInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { ItemRef } from "../../../preload/contract.ts";
import { changeItems, describe } from "../../state/desk-actions.ts";
import { allTags, deskView, useDeskView } from "../../state/desk-view.ts";

/** As the engine takes them: no spaces, so that a query can name them. */
const isTag = (text: string) => /^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,59}$/u.test(text);

interface TagsProps {
  readonly item: ItemRef;
  readonly tags: readonly string[];
}

/** The tags of an item: Enter adds what was typed, Backspace takes the last one away. */
export function Tags({ item, tags }: TagsProps) {
  const [problem, setProblem] = useState<string>();
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const asked = useDeskView((state) => state.editing === "tags");
  useEffect(() => {
    if (!asked) return;
    field.current?.focus();
    deskView.set({ editing: undefined });
  }, [asked]);
  const change = (next: readonly string[]) => {
    const added = next.filter((tag) => !tags.includes(tag));
    const removed = tags.filter((tag) => !next.includes(tag));
    const wrong = added.find((tag) => !isTag(tag));
    setProblem(wrong === undefined ? undefined : `"${wrong}" is no tag: letters, digits, dots, dashes, slashes.`);
    if (wrong !== undefined) return;
    setTyped("");
    if (added.length > 0)
      void changeItems([item], { addTags: added }, `Tagged ${describe([item])} with ${added.join(", ")}`);
    if (removed.length > 0)
      void changeItems([item], { removeTags: removed }, `Took ${removed.join(", ")} from ${describe([item])}`);
  };
  return (
    <TagsInput
      ref={field}
      size="xs"
      className="tags"
      aria-label="Tags"
      placeholder={tags.length === 0 ? "Add a tag" : ""}
      data={allTags()}
      value={[...tags]}
      onChange={change}
      searchValue={typed}
      onSearchChange={(text) => {
        setTyped(text);
        if (text !== "") setProblem(undefined);
      }}
      splitChars={[",", " "]}
      error={problem}
      clearable={false}
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
}
