import { type ReactNode, useId } from "react";

interface SectionProps {
  readonly title: string;
  readonly name: string;
  /** Controls beside the title. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** A titled part of the overview. */
export function Section({ title, name, tools, children }: SectionProps) {
  const heading = useId();
  return (
    <section className="overview-section" aria-labelledby={heading} data-section={name}>
      <header>
        <h2 id={heading}>{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  );
}
