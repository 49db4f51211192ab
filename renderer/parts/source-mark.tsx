import { Tooltip } from "@mantine/core";
import type { ParameterRow } from "../model/parameters.ts";
import { sourceMarks } from "../model/parameters.ts";

/** P, D or A: where a parameter's value comes from, with the reason on hover or focus. */
export function SourceMark({ source, reason }: { readonly source: ParameterRow["source"]; readonly reason: string }) {
  const { letter, name } = sourceMarks[source];
  const text = reason === "" ? name : `${name}: ${reason}`;
  return (
    <Tooltip label={text}>
      <button type="button" className={`source-mark source-${source}`} aria-label={text}>
        {letter}
      </button>
    </Tooltip>
  );
}
