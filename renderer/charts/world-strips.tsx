import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import type { Frames, Picture } from "../../preload/contract.ts";
import { beginsEpisode, channelName, numberText, valueAt, valueText } from "../model/picture.ts";
import { pictureColours } from "./picture-style.ts";

interface StripsProps {
  readonly picture: Picture;
  readonly frames: Frames;
  readonly steps: Float64Array;
  readonly dark: boolean;
  /** The frame whose values are written beside the titles. */
  readonly frame: number;
  /** Position of the cursor, read at every change of the view. */
  position(): number;
  subscribe(listener: () => void): () => void;
  onSeek(frame: number): void;
}

/** The channels of the world as a whole over the frames, with a line at the present one. */
export function WorldStrips({ picture, frames, frame, ...rest }: StripsProps) {
  return (
    <section className="world-strips" aria-label="The world over time">
      {picture.world.map((channel) => {
        const described = picture.channels[channel];
        if (described === undefined) return null;
        return (
          <figure key={described.id} className="world-strip">
            <figcaption>
              <span className="ellipsis" title={channelName(described)}>
                {described.title}
                {described.unit === "" ? null : <span className="unit"> ({described.unit})</span>}
              </span>
              <output className="world-strip-value">
                {valueText(described, valueAt(picture, frames, frame, channel))}
              </output>
            </figcaption>
            <Strip picture={picture} frames={frames} channel={channel} {...rest} />
          </figure>
        );
      })}
    </section>
  );
}

interface StripProps extends Omit<StripsProps, "frame"> {
  readonly channel: number;
}

function Strip({ picture, frames, steps, channel, dark, position, subscribe, onSeek }: StripProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const data = useMemo((): uPlot.AlignedData => {
    const x = Float64Array.from({ length: frames.count }, (_, frame) => frame);
    // Where an episode begins no step has happened: a gap, not a zero.
    const y = Array.from(x, (frame) => (beginsEpisode(steps, frame) ? null : valueAt(picture, frames, frame, channel)));
    return [x, y];
  }, [picture, frames, steps, channel]);
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const { dim, line, accent } = pictureColours(dark);
    const chart = new uPlot(options(element, dim, line, accent), latest.current, element);
    plot.current = chart;
    const cursor = document.createElement("div");
    cursor.className = "world-strip-cursor";
    chart.over.append(cursor);
    const move = () => {
      cursor.style.transform = `translateX(${Math.round(chart.valToPos(Math.floor(position()), "x"))}px)`;
    };
    const seek = ({ offsetX, target }: PointerEvent) => {
      if (target === chart.over) onSeek(Math.round(chart.posToVal(offsetX, "x")));
    };
    chart.over.addEventListener("pointerdown", seek);
    const unsubscribe = subscribe(move);
    const observer = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: element.clientHeight });
      move();
    });
    observer.observe(element);
    move();
    return () => {
      unsubscribe();
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [dark, position, subscribe, onSeek]);

  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={host} className="world-strip-plot" />;
}

function options(element: HTMLElement, dim: string, line: string, accent: string): uPlot.Options {
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [8, 8, 8, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      { show: false },
      {
        stroke: dim,
        font: "11px 'Inter Variable'",
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        size: 44,
        gap: 4,
        space: 22,
        values: (_plot, ticks) => ticks.map(numberText),
      },
    ],
    series: [{}, { stroke: accent, width: 1.25, points: { show: false } }],
  };
}
