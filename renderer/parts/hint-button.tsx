import { Tooltip } from "@mantine/core";
import { type ComponentProps, useEffect, useRef, useState } from "react";

interface HintButtonProps extends Omit<ComponentProps<"button">, "title" | "type"> {
  readonly hint: string;
}

/** As long as the theme has all tooltips wait. */
const waitMilliseconds = 300;

/**
 * A button with a tooltip for places that have dozens of them: the tooltip is made when somebody points at the button or
 * tabs to it. Ready ones would take a large part of the time in which a form is drawn.
 */
export function HintButton({ hint, ...button }: HintButtonProps) {
  const [target, setTarget] = useState<HTMLElement>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hide = () => {
    clearTimeout(timer.current);
    setTarget(undefined);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <>
      <button
        {...button}
        type="button"
        onMouseEnter={({ currentTarget }) => {
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setTarget(currentTarget), waitMilliseconds);
        }}
        onMouseLeave={hide}
        onFocus={({ currentTarget }) => {
          if (currentTarget.matches(":focus-visible")) setTarget(currentTarget);
        }}
        onBlur={hide}
      />
      {target === undefined ? null : <Tooltip defaultOpened target={target} label={hint} />}
    </>
  );
}
