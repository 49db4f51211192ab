import type { Estimate } from "../../preload/contract.ts";
import { costLines } from "../model/cost.ts";
import { useSession } from "../state/session.ts";

interface CostProps {
  readonly estimate: Estimate | undefined;
  /** Another estimate is on its way. */
  readonly pending: boolean;
}

/** What it takes before it is started: time, disk, memory, and the checkpoints that stay. */
export function Cost({ estimate, pending }: CostProps) {
  const parallel = useSession((state) => state.info?.parallel);
  if (estimate === undefined) {
    return <p className="cost-none dim">{pending ? "Working out what it takes" : "Nothing to work out yet."}</p>;
  }
  return (
    <section className="cost" aria-label="What it takes" data-pending={pending}>
      <dl>
        {costLines(estimate, parallel).map(({ name, text, warning }) => (
          <div key={name} data-cost={name.toLowerCase()} data-warning={warning}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p className="dim cost-basis">{estimate.basis}</p>
    </section>
  );
}
