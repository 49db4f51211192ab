import type { ParameterRow } from "../model/parameters.ts";
import { sourceMarks } from "../model/parameters.ts";
import { HintButton } from "./hint-button.tsx";

/** P, D or A: where a parameter's value comes from, with the reason on hover or focus. */
export function SourceMark({ source, reason }: { readonly source: ParameterRow["source"]; readonly reason: string }) {
  const { letter, name } = sourceMarks[source];
  const text = reason === "" ? name : `${name}: ${reason}`;
  return (
    <HintButton hint={text} className={`source-mark source-${source}`} aria-label={text}>
      {letter}
    </HintButton>
  );
}
