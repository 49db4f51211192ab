import { ActionIcon, Checkbox, Select, Slider, Tooltip } from "@mantine/core";
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
  IconPlayerSkipForwardFilled,
} from "@tabler/icons-react";
import { formatCount } from "../../model/format.ts";
import {
  frameOf,
  framesPerSecond,
  type Shown,
  seek,
  speeds,
  stepBy,
  togglePlaying,
  useWorld,
  world,
} from "../../state/world.ts";

const speedChoices = speeds.map((speed) => ({ value: String(speed), label: `${speed}×` }));

/** Play, pause, step, scrub, speed and loop. */
export function Player({ shown: { frames, steps } }: { readonly shown: Shown }) {
  const mode = useWorld((state) => state.mode);
  const frame = Math.min(useWorld(frameOf), frames.count - 1);
  const playing = useWorld((state) => state.playing);
  const speed = useWorld((state) => state.speed);
  const loop = useWorld((state) => state.loop);
  const last = frames.count - 1;
  const step = formatCount(steps[frame] ?? 0);
  const position =
    mode === "replay" ? `Step ${step} of ${formatCount(steps[last] ?? 0)}` : `Frame ${frame + 1} of ${frames.count}`;
  return (
    <section className="world-player" aria-label="Player">
      <Tooltip label="One step back (,)">
        <ActionIcon variant="subtle" color="gray" aria-label="One step back" onClick={() => stepBy(-1)}>
          <IconPlayerSkipBackFilled size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={playing ? "Pause (Space)" : "Play (Space)"}>
        <ActionIcon variant="filled" size={30} aria-label={playing ? "Pause" : "Play"} onClick={togglePlaying}>
          {playing ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label="One step on (.)">
        <ActionIcon variant="subtle" color="gray" aria-label="One step on" onClick={() => stepBy(1)}>
          <IconPlayerSkipForwardFilled size={16} />
        </ActionIcon>
      </Tooltip>
      <Slider
        className="world-scrubber"
        size="sm"
        min={0}
        max={Math.max(1, last)}
        step={1}
        value={frame}
        label={null}
        thumbLabel="Position"
        thumbProps={{ "aria-valuetext": position }}
        onChange={(value) => {
          // The slider also tells what it was set to while playing.
          if (value !== frame) seek(value);
        }}
      />
      <span className="world-position" data-frame={frame} data-frames={frames.count}>
        {position}
        {mode === "live" ? <span className="dim">, environment step {step}</span> : null}
      </span>
      <Select
        size="xs"
        className="world-speed"
        aria-label={`Speed; 1× is ${framesPerSecond} frames a second`}
        title={`1× is ${framesPerSecond} frames a second`}
        data={speedChoices}
        value={String(speed)}
        onChange={(value) => world.set({ speed: Number(value) })}
      />
      {mode === "replay" ? (
        <Checkbox
          size="xs"
          label="Loop"
          checked={loop}
          onChange={(event) => world.set({ loop: event.currentTarget.checked })}
        />
      ) : null}
    </section>
  );
}
