import type { ReactNode } from "react";

export type Fact = readonly [name: string, value: ReactNode];

/** Names and values, one a line. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={typeof value === "string" ? value : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface SectionProps {
  readonly title: string;
  readonly open?: boolean;
  readonly children: ReactNode;
}

/** A part of the inspector that folds. */
export function Section({ title, open = false, children }: SectionProps) {
  return (
    <details className="section" open={open}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
