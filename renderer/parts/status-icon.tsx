import type { RunState } from "../../preload/contract.ts";
import { stateLabels } from "../model/runs.ts";

interface StatusIconProps {
  readonly state: RunState;
  /** Part done, 0 to 1; drawn as the arc of a running run. */
  readonly progress?: number;
}

const ring = 2 * Math.PI * 5.5;

/** A run's state by shape and by colour: hollow, ring, bars, tick, cross, stroke. */
export function StatusIcon({ state, progress = 0 }: StatusIconProps) {
  return (
    <svg
      className={`status-icon status-${state}`}
      width={16}
      height={16}
      viewBox="0 0 16 16"
      role="img"
      aria-label={stateLabels[state]}
    >
      <title>{stateLabels[state]}</title>
      {shape(state, progress)}
    </svg>
  );
}

function shape(state: RunState, progress: number) {
  switch (state) {
    case "queued":
      return <circle cx={8} cy={8} r={5.5} />;
    case "starting":
      return <circle cx={8} cy={8} r={5.5} strokeDasharray="3 2.76" />;
    case "running":
      return (
        <>
          <circle className="status-track" cx={8} cy={8} r={5.5} />
          <circle
            cx={8}
            cy={8}
            r={5.5}
            strokeDasharray={`${Math.max(0.06, progress) * ring} ${ring}`}
            transform="rotate(-90 8 8)"
          />
          <circle className="status-fill" cx={8} cy={8} r={2} />
        </>
      );
    case "pausing":
      return (
        <>
          <circle className="status-track" cx={8} cy={8} r={5.5} />
          <path d="M6.6 5.8v4.4M9.4 5.8v4.4" />
        </>
      );
    case "paused":
      return <path className="status-bold" d="M5.5 3.5v9M10.5 3.5v9" />;
    case "finished":
      return <path className="status-bold" d="M3 8.5l3.5 3.5L13 4.5" />;
    case "failed":
      return <path className="status-bold" d="M4 4l8 8M12 4l-8 8" />;
    case "cancelled":
      return (
        <>
          <circle cx={8} cy={8} r={5.5} />
          <path d="M5 8h6" />
        </>
      );
  }
}
