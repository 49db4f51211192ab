import { SEEDS } from "../model/draft.ts";
import type { FormField } from "../model/form.ts";
import { focusField } from "./parameter-field.tsx";

interface ProblemLineProps {
  readonly fields: readonly FormField[];
  readonly problems: Readonly<Record<string, string>>;
}

/** Why nothing can be started yet, with the way to each field that keeps it. */
export function ProblemLine({ fields, problems }: ProblemLineProps) {
  const keys = Object.keys(problems);
  if (keys.length === 0) return null;
  return (
    <p className="problem-line">
      Cannot start yet:{" "}
      {keys.map((key) => (
        <button key={key} type="button" className="link" title={problems[key]} onClick={() => focusField(key)}>
          {key === SEEDS ? "Seeds" : (fields.find((field) => field.key === key)?.title ?? key)}
        </button>
      ))}
    </p>
  );
}
