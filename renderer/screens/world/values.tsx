import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { formatCount } from "../../model/format.ts";
import { channelName, isActive, isShown, type Thing, thingsOf, valueAt, valueText } from "../../model/picture.ts";
import { frameOf, type Shown, useWorld, world } from "../../state/world.ts";

/** The things of the picture, and the values of the one under the pointer or chosen with the keyboard. */
export function WorldValues({ shown }: { readonly shown: Shown }) {
  const things = thingsOf(shown.picture);
  const chosen = useWorld((state) => state.chosen);
  const hovered = useWorld((state) => state.hovered);
  const place = Math.max(
    0,
    things.findIndex(({ id }) => id === chosen),
  );
  const thing = things.find(({ id }) => id === hovered) ?? things[place];
  return (
    <section className="world-values" aria-label="Values">
      <ThingList things={things} place={place} />
      {thing === undefined ? null : <Values shown={shown} thing={thing} />}
    </section>
  );
}

function ThingList({ things, place }: { readonly things: readonly Thing[]; readonly place: number }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[place]?.scrollIntoView({ block: "nearest" });
  }, [place]);
  const key = (event: KeyboardEvent) => {
    const to = placeAfter(event.key, place, things.length);
    if (to === undefined) return;
    event.preventDefault();
    world.set({ chosen: things[to]?.id ?? "", hovered: undefined });
  };
  return (
    <div
      ref={list}
      className="world-things"
      role="listbox"
      aria-label="Things in the picture"
      aria-activedescendant={`thing-${place}`}
      tabIndex={0}
      onKeyDown={key}
    >
      {things.map(({ id, title, kind }, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
        <div
          key={id}
          id={`thing-${index}`}
          className={`world-thing world-thing-${kind}`}
          role="option"
          aria-selected={index === place}
          onClick={() => world.set({ chosen: id })}
        >
          {title}
        </div>
      ))}
    </div>
  );
}

/** Where a key leads in a list; undefined for a key that is none of the list's. */
function placeAfter(key: string, place: number, length: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return Math.min(place + 1, length - 1);
    case "ArrowUp":
    case "ArrowLeft":
      return Math.max(place - 1, 0);
    case "Home":
    case "Escape":
      return 0;
    case "End":
      return length - 1;
  }
}

function Values({ shown: { picture, frames }, thing }: { readonly shown: Shown; readonly thing: Thing }) {
  const frame = Math.min(useWorld(frameOf), frames.count - 1);
  return (
    <div className="world-listed">
      <h3 className="ellipsis" title={thing.title}>
        {thing.title}
      </h3>
      <dl>
        {thing.listed.map((channel) => {
          const described = picture.channels[channel];
          if (described === undefined) return null;
          return (
            <div key={described.id} data-channel={described.id}>
              <dt className="ellipsis" title={channelName(described)}>
                {described.title}
                {described.unit === "" ? null : <span className="unit"> ({described.unit})</span>}
              </dt>
              <dd>{valueText(described, valueAt(picture, frames, frame, channel))}</dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}

const tableMilliseconds = 250;

/** The present frame in words: what the picture shows, for whoever cannot see it. */
export function ValuesTable({ shown: { picture, frames, steps } }: { readonly shown: Shown }) {
  const frame = Math.min(useSlowFrame(), frames.count - 1);
  const rows = thingsOf(picture)
    .filter(({ id }) => {
      const node = picture.nodes.find((one) => one.id === id);
      return node === undefined || isShown(picture, frames, frame, node);
    })
    .flatMap(({ id, title, listed }) => {
      const link = picture.links.find((one) => one.id === id);
      if (link !== undefined && !isActive(picture, frames, frame, link)) return [];
      return listed.map((channel, index) => ({
        key: `${id} ${channel}`,
        title,
        channel,
        first: index === 0,
        size: listed.length,
      }));
    });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached with the keyboard
    <section className="world-table" aria-label="Values of the present frame" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Thing</th>
            <th scope="col">Value</th>
            <th scope="col" className="number">
              Step {formatCount(steps[frame] ?? 0)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, title, channel, first, size }) => {
            const described = picture.channels[channel];
            if (described === undefined) return null;
            return (
              <tr key={key}>
                {first ? (
                  <th scope="rowgroup" rowSpan={size}>
                    {title}
                  </th>
                ) : null}
                <td>{channelName(described)}</td>
                <td className="number">{valueText(described, valueAt(picture, frames, frame, channel))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The present frame, a few times a second while it plays: a table of every value is no animation. */
function useSlowFrame(): number {
  const [frame, setFrame] = useState(() => frameOf(world.get()));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = world.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setFrame(frameOf(world.get()));
      }, tableMilliseconds);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, []);
  return frame;
}
