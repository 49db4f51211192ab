import type { Picture } from "../../../preload/contract.ts";
import { choiceColour, pictureColours, rampColour } from "../../charts/picture-style.ts";
import { legendOf, numberText, type Scale } from "../../model/picture.ts";

interface LegendProps {
  readonly picture: Picture;
  readonly scales: readonly Scale[];
  readonly dark: boolean;
}

/** What colours, widths and bars mean, with units. */
export function WorldLegend({ picture, scales, dark }: LegendProps) {
  const { colours, widths, levels, choices } = legendOf(picture, scales);
  const { bar, line } = pictureColours(dark);
  const gradient = [0, 0.25, 0.5, 0.75, 1].map((part) => rampColour(part, dark)).join(", ");
  return (
    <ul className="world-legend" aria-label="Legend">
      {choices.map(({ title, labels }) => (
        <li key={title}>
          <span className="dim">{title}</span>
          {labels.map((label, value) => (
            <span key={label} className="world-legend-choice">
              <span className="world-dot" style={{ background: choiceColour(value, dark) }} />
              {label}
            </span>
          ))}
        </li>
      ))}
      {colours.map(({ name, scale }) => (
        <li key={name}>
          <span className="dim">{name}</span>
          <Ends scale={scale}>
            <span className="world-ramp" style={{ background: `linear-gradient(to right, ${gradient})` }} />
          </Ends>
        </li>
      ))}
      {widths.map(({ name, scale }) => (
        <li key={name}>
          <span className="dim">{name}</span>
          <Ends scale={scale}>
            <svg className="world-wedge" viewBox="0 0 48 12" aria-hidden="true">
              <path d="M0 5l48 -4v10l-48 -4z" />
            </svg>
          </Ends>
        </li>
      ))}
      {levels.map(({ name, scale }) => (
        <li key={name}>
          <span className="dim">{name}</span>
          <Ends scale={scale}>
            <span className="world-bar" style={{ background: line }}>
              <span style={{ background: bar }} />
            </span>
          </Ends>
        </li>
      ))}
    </ul>
  );
}

function Ends({ scale, children }: { readonly scale: Scale; readonly children: React.ReactNode }) {
  const high = `${numberText(scale.high)}${scale.clipped ? " and more" : ""}`;
  return (
    <span className="world-ends">
      {numberText(scale.low)}
      {children}
      {high}
    </span>
  );
}
