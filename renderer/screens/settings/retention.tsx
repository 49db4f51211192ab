import { useEffect, useState } from "react";
import { formatBytes } from "../../model/format.ts";
import { bridge } from "../../state/session.ts";

interface Sizes {
  readonly checkpoints: number;
  readonly bytes: number;
  readonly pinned: number;
  readonly trashBytes: number | undefined;
}

/** Which checkpoints a run keeps, and what all of them take. */
export function RetentionSettings() {
  const [sizes, setSizes] = useState<Sizes>();
  useEffect(() => {
    let shown = true;
    void Promise.all([bridge.call("checkpoints.list", {}), bridge.call("trash.size", {})]).then(([all, trash]) => {
      if (!shown || !all.ok) return;
      setSizes({
        checkpoints: all.value.length,
        bytes: all.value.reduce((sum, { bytes }) => sum + bytes, 0),
        pinned: all.value.filter(({ pinned }) => pinned).length,
        trashBytes: trash.ok ? trash.value.bytes : undefined,
      });
    });
    return () => {
      shown = false;
    };
  }, []);
  return (
    <>
      <p>While a run trains, it writes checkpoints and removes older ones again. It keeps:</p>
      <dl className="settings-list">
        <div>
          <dt>The last</dt>
          <dd>Always: a run resumes from it.</dd>
        </div>
        <div>
          <dt>The best</dt>
          <dd>By the greedy evaluation when it was written.</dd>
        </div>
        <div>
          <dt>The newest</dt>
          <dd>As many as the run's field "Checkpoints kept" says, 5 by default; with 0, every one is kept.</dd>
        </div>
        <div>
          <dt>At multiples</dt>
          <dd>
            The first at or after each multiple of the run's field "Checkpoints kept for good" (<code>keepEvery</code>),
            in steps; with 0, the default, none for this reason.
          </dd>
        </div>
        <div>
          <dt>Pinned</dt>
          <dd>
            What you pin in the inspector, also while the run trains. Unpinned, it goes when the run next writes a
            checkpoint, unless another of these rules keeps it.
          </dd>
        </div>
      </dl>
      <h3>In this data folder</h3>
      <dl className="settings-list" data-loaded={sizes !== undefined}>
        <div>
          <dt>Checkpoints</dt>
          <dd>
            {sizes === undefined
              ? "Counting"
              : `${sizes.checkpoints.toLocaleString("en")}, ${formatBytes(sizes.bytes)}, ${sizes.pinned} pinned`}
          </dd>
        </div>
        <div>
          <dt>In the trash</dt>
          <dd>{sizes?.trashBytes === undefined ? "Counting" : formatBytes(sizes.trashBytes)}</dd>
        </div>
      </dl>
    </>
  );
}
