import { type KeyboardEvent, type PointerEvent, useState } from "react";

interface PanelWidth {
  readonly width: number;
  setWidth(width: number): void;
}

interface Limits {
  readonly initial: number;
  readonly least: number;
  readonly most: number;
}

/** A panel's width that is remembered under `name`. */
export function usePanelWidth(name: string, { initial, least, most }: Limits): PanelWidth {
  const [width, change] = useState(() => {
    const stored = Number(localStorage.getItem(`width ${name}`));
    return stored >= least && stored <= most ? stored : initial;
  });
  return {
    width,
    setWidth: (wanted) => {
      const next = Math.round(Math.min(most, Math.max(least, wanted)));
      change(next);
      localStorage.setItem(`width ${name}`, String(next));
    },
  };
}

interface SplitterProps {
  readonly label: string;
  readonly panel: PanelWidth;
  readonly limits: Limits;
  /** On which side of the line the panel lies. */
  readonly side: "left" | "right";
}

const keyStep = 16;

/** The line between two regions: dragged, or moved with the arrow keys. */
export function Splitter({ label, panel, limits, side }: SplitterProps) {
  const direction = side === "left" ? 1 : -1;
  const drag = (event: PointerEvent<HTMLHRElement>) => {
    const start = event.clientX;
    const before = panel.width;
    const line = event.currentTarget;
    line.setPointerCapture(event.pointerId);
    line.onpointermove = (move) => panel.setWidth(before + direction * (move.clientX - start));
    line.onpointerup = () => {
      line.onpointermove = null;
      line.onpointerup = null;
    };
  };
  const key = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? keyStep : event.key === "ArrowLeft" ? -keyStep : 0;
    if (step === 0) return;
    event.preventDefault();
    panel.setWidth(panel.width + direction * step);
  };
  return (
    <hr
      className="splitter"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={panel.width}
      aria-valuemin={limits.least}
      aria-valuemax={limits.most}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={key}
    />
  );
}
