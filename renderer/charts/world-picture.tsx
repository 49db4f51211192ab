import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import type { Picture } from "../../preload/contract.ts";
import { type Scale, scalesOf } from "../model/picture.ts";
import { type Moment, PictureLayout, paintPicture } from "./paint-picture.ts";

/** What is drawn, and the part of the state that decides how. */
export interface PictureView {
  readonly position: number;
  readonly playing: boolean;
  /** Thing that is emphasised. */
  readonly focused: string | undefined;
  /** Frames a second; nothing travels along links where they pass too fast to be followed. */
  readonly rate: number;
}

interface WorldPictureProps {
  readonly shown: Pick<Moment, "picture" | "frames" | "steps">;
  readonly scales: readonly Scale[];
  readonly dark: boolean;
  /** The system asks for less motion. */
  readonly still: boolean;
  /** Read at every change instead of through properties, so that playing costs no React. */
  view(): PictureView;
  /** Calls the listener at every change of the view. */
  subscribe(listener: () => void): () => void;
  onHover(thing: string | undefined): void;
  onChoose(thing: string | undefined): void;
}

const fastest = 12;

/** Scales of a picture's frames; those of the same picture only grow, so that colours keep their meaning. */
export function useScales(shown: Pick<Moment, "picture" | "frames"> | undefined): readonly Scale[] {
  const known = useRef<{ picture: Picture; scales: readonly Scale[] }>(null);
  return useMemo(() => {
    if (shown === undefined) return [];
    const before = known.current?.picture === shown.picture ? known.current.scales : [];
    const scales = scalesOf(shown.picture, shown.frames, before);
    known.current = { picture: shown.picture, scales };
    return scales;
  }, [shown]);
}

/** The world at one moment. Drawn when something changed and at no other time. */
export function WorldPicture({ shown, scales, dark, still, view, subscribe, onHover, onChoose }: WorldPictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const layout = useRef<PictureLayout>(null);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    let waiting: number | undefined;
    let drawn = "";
    const draw = () => {
      const width = element.clientWidth;
      const height = element.clientHeight;
      const ratio = window.devicePixelRatio;
      const { position, playing, focused, rate } = view();
      const moving = playing && !still && rate <= fastest;
      const moment = { ...shown, scales, dark, focused, moving, position };
      const key = `${width} ${height} ${ratio} ${moving ? position : Math.floor(position)} ${moving} ${focused}`;
      if (key === drawn || width === 0 || height === 0) return;
      drawn = key;
      const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
      // Setting the size, even to the same, clears the canvas and costs its memory anew.
      if (element.width !== pixels[0]) element.width = pixels[0];
      if (element.height !== pixels[1]) element.height = pixels[1];
      const began = performance.now();
      const places = new PictureLayout(moment, width, height);
      layout.current = places;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintPicture(context, moment, places, width, height);
      element.dataset.frame = String(Math.floor(position));
      element.dataset.drawMilliseconds = (performance.now() - began).toFixed(1);
    };
    const wish = () => {
      waiting ??= requestAnimationFrame(() => {
        waiting = undefined;
        draw();
      });
    };
    const observer = new ResizeObserver(wish);
    observer.observe(element);
    // At once, so that picture and listed values change together; the player calls no more than once a drawn frame.
    const unsubscribe = subscribe(draw);
    wish();
    // Letters that come later are other letters.
    void document.fonts.ready.then(() => {
      drawn = "";
      wish();
    });
    return () => {
      observer.disconnect();
      unsubscribe();
      if (waiting !== undefined) cancelAnimationFrame(waiting);
    };
  }, [shown, scales, dark, still, view, subscribe]);

  const thingAt = (event: PointerEvent<HTMLCanvasElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return layout.current?.thingAt(event.clientX - left, event.clientY - top);
  };
  const { picture } = shown;
  const label = `${picture.title}: ${picture.nodes.length} things and ${picture.links.length} links. The list beside it has their values.`;
  return (
    <canvas
      ref={canvas}
      className="world-canvas"
      role="img"
      aria-label={label}
      onPointerMove={(event) => onHover(thingAt(event))}
      onPointerLeave={() => onHover(undefined)}
      onClick={(event) => onChoose(thingAt(event as unknown as PointerEvent<HTMLCanvasElement>))}
    />
  );
}
