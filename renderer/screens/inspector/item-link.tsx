import type { ItemRef } from "../../../preload/contract.ts";
import { setSelection } from "../../state/actions.ts";
import { nameOf } from "../../state/desk-actions.ts";
import { reveal } from "../../state/desk-view.ts";

/** Turns to another item of the tree. */
export function ItemLink({ item, text }: { readonly item: ItemRef; readonly text?: string }) {
  const name = text ?? nameOf(item);
  const go = () => {
    reveal(item);
    const run =
      item.kind === "run"
        ? item.id
        : item.kind === "checkpoint"
          ? item.id.slice(0, item.id.lastIndexOf(":"))
          : undefined;
    setSelection({ selected: run === undefined ? [] : [run], active: run, anchor: run }, item);
  };
  return (
    <button type="button" className="link item-link" title={name} onClick={go}>
      {name}
    </button>
  );
}
