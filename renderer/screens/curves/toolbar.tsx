import { ActionIcon, Button, SegmentedControl, Select, Tooltip } from "@mantine/core";
import { IconZoomIn, IconZoomOut, IconZoomReset } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import type { XAxis } from "../../../preload/contract.ts";
import { machinePrefix } from "../../model/chart-metrics.ts";
import { halfLives, smoothingLabel } from "../../model/smoothing.ts";
import { addMetric, useRecordedMetrics, useShownMetrics } from "../../state/curve-metrics.ts";
import { stage } from "../../state/curve-stage.ts";
import { curveView, useCurveView } from "../../state/curve-view.ts";
import { session, useSession } from "../../state/session.ts";
import { addMetricId } from "./ids.ts";

export function CurvesToolbar() {
  const view = useCurveView((state) => state);
  const axis = useSession((state) => state.xAxis);
  const zoomed = useSyncExternalStore(stage.subscribe, () => stage.zoom() !== undefined);
  return (
    <div className="toolbar curves-toolbar" role="toolbar" aria-label="Curves">
      <AddMetric />
      <SegmentedControl
        size="xs"
        aria-label="Horizontal axis"
        value={axis}
        onChange={(value) => session.set({ xAxis: value as XAxis })}
        data={[
          { value: "step", label: "Steps" },
          { value: "iteration", label: "Iterations" },
          { value: "wall", label: "Time" },
        ]}
      />
      <span className="toggles">
        <Toggle
          label="Log x"
          on={view.logX}
          set={(logX) => curveView.set({ logX })}
          hint="Logarithmic horizontal axis"
        />
        <Toggle label="Log y" on={view.logY} set={(logY) => curveView.set({ logY })} hint="Logarithmic values" />
      </span>
      <Select
        size="xs"
        className="smoothing-select"
        aria-label="Smoothing"
        leftSection={<span className="dim">Smooth</span>}
        leftSectionWidth={56}
        data={halfLives.map((each) => ({ value: String(each), label: smoothingLabel(each) }))}
        value={String(view.halfLife)}
        onChange={(value) => value !== null && curveView.set({ halfLife: Number(value) })}
      />
      <span className="toggles">
        <Toggle
          label="Group by seed"
          on={view.grouped}
          set={(grouped) => curveView.set({ grouped })}
          hint="Runs that differ in nothing but the seed become their mean with its 95% interval"
        />
        <Toggle
          label="With ancestors"
          on={view.ancestors}
          set={(ancestors) => curveView.set({ ancestors })}
          hint={view.grouped ? "Only where runs are not grouped" : "A fork's curve begins with its parent's"}
          disabled={view.grouped}
        />
      </span>
      <span className="toggles">
        <ZoomButton label="Zoom in" icon={<IconZoomIn size={16} />} onClick={() => stage.zoomIn()} />
        <ZoomButton
          label="Zoom out"
          icon={<IconZoomOut size={16} />}
          disabled={!zoomed}
          onClick={() => stage.zoomOut()}
        />
        <ZoomButton
          label="Show everything"
          icon={<IconZoomReset size={16} />}
          disabled={!zoomed}
          onClick={() => stage.setZoom(undefined)}
        />
      </span>
      <span className="spacer" />
      <SegmentedControl
        size="xs"
        aria-label="Charts side by side"
        value={String(view.columns)}
        onChange={(value) => curveView.set({ columns: Number(value) })}
        data={["1", "2", "3"]}
      />
      <span className="toggles">
        <Toggle
          label="Machine"
          on={view.machine}
          set={(machine) => curveView.set({ machine })}
          hint="Processor and memory of each run"
        />
        <Toggle label="Log" on={view.log} set={(log) => curveView.set({ log })} hint="The active run's log" />
      </span>
    </div>
  );
}

function AddMetric() {
  const recorded = useRecordedMetrics();
  const shown = useShownMetrics();
  const free = recorded.filter((metric) => !shown.includes(metric) && !metric.startsWith(machinePrefix));
  return (
    <Select
      id={addMetricId}
      size="xs"
      className="metric-select"
      aria-label="Add a metric"
      placeholder="Add a metric"
      searchable
      data={free}
      value={null}
      nothingFoundMessage={recorded.length === 0 ? "Nothing recorded yet" : "No other metric"}
      onChange={(value) => value !== null && addMetric(value)}
    />
  );
}

interface ToggleProps {
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  set(on: boolean): void;
}

function Toggle({ label, hint, on, disabled = false, set }: ToggleProps) {
  return (
    <Tooltip label={hint}>
      <Button
        size="compact-sm"
        variant="default"
        aria-pressed={on}
        // A disabled button would not say why on hover.
        data-disabled={disabled || undefined}
        aria-disabled={disabled}
        onClick={() => !disabled && set(!on)}
      >
        {label}
      </Button>
    </Tooltip>
  );
}

interface ZoomButtonProps {
  readonly label: string;
  readonly icon: React.ReactNode;
  readonly disabled?: boolean;
  onClick(): void;
}

function ZoomButton({ label, icon, disabled = false, onClick }: ZoomButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={26} variant="default" aria-label={label} disabled={disabled} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
