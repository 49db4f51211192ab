import { CELLS, type Cell, type OpKind } from "../ops.ts";
import { type DeviceTensor, extents, type Site, type Tensorflow, type TensorflowKernel } from "./site.ts";

type RecurrentKinds = Extract<OpKind, `recurrent${string}`>;

/** What a cell carries from step to step: (h) or (h, c). */
type State = readonly DeviceTensor[];

interface CellStep {
  /** One step from the state that it meets (already 0 where an episode began) -> the row of the tape. */
  readonly forward: (x: DeviceTensor, own: DeviceTensor, state: State) => readonly DeviceTensor[];
  /**
   * Back through one step: `tape` its row, `entry` the state it met, `upstream` the gradients of (h, c) after it.
   * -> gradients of the pre-activations (CELLS' `gradient` blocks), and of the entry's c and the part of its h that does
   * not pass through the weight (undefined where there is none).
   */
  readonly backward: (
    tape: readonly DeviceTensor[],
    entry: State,
    upstream: State,
  ) => { readonly gates: readonly DeviceTensor[]; readonly entry: readonly (DeviceTensor | undefined)[] };
}

function cellStep(cell: Cell, site: Site): CellStep {
  const { tf } = site;
  const one = site.scalar(1);
  /** upstream times the slope of tanh or sigmoid at the activation y. */
  const throughTanh = (upstream: DeviceTensor, y: DeviceTensor) => tf.mul(upstream, tf.sub(one, tf.square(y)));
  const throughSigmoid = (upstream: DeviceTensor, y: DeviceTensor) => tf.mul(upstream, tf.mul(y, tf.sub(one, y)));

  const steps: Record<Cell, CellStep> = {
    rnn: {
      forward: (x, own) => [tf.tanh(tf.add(x, own))],
      backward: ([h], _entry, [dh]) => ({ gates: [throughTanh(dh!, h!)], entry: [undefined] }),
    },
    gru: {
      forward(x, own, [h]) {
        const [xn, xr, xz] = tf.split(x, 3, 1);
        const [hr, hz, q] = tf.split(own, 3, 1);
        const r = tf.sigmoid(tf.add(xr!, hr!));
        const z = tf.sigmoid(tf.add(xz!, hz!));
        const n = tf.tanh(tf.add(xn!, tf.mul(r, q!)));
        return [tf.add(tf.mul(tf.sub(one, z), n), tf.mul(z, h!)), r, z, n, q!];
      },
      backward([, r, z, n, q], [h], [dh]) {
        const dn = throughTanh(tf.mul(dh!, tf.sub(one, z!)), n!);
        const dr = throughSigmoid(tf.mul(dn, q!), r!);
        const dz = throughSigmoid(tf.mul(dh!, tf.sub(h!, n!)), z!);
        return { gates: [dn, dr, dz, tf.mul(dn, r!)], entry: [tf.mul(dh!, z!)] };
      },
    },
    lstm: {
      forward(x, own, [, c]) {
        const [pi, pf, pg, po] = tf.split(tf.add(x, own), 4, 1);
        const [i, f, o] = [tf.sigmoid(pi!), tf.sigmoid(pf!), tf.sigmoid(po!)];
        const g = tf.tanh(pg!);
        const next = tf.add(tf.mul(f, c!), tf.mul(i, g));
        return [tf.mul(o, tf.tanh(next)), next, i, f, g, o];
      },
      backward([, after, i, f, g, o], [, c], [dh, dc]) {
        const squashed = tf.tanh(after!);
        const dAfter = tf.add(dc!, throughTanh(tf.mul(dh!, o!), squashed));
        const gates = [
          throughSigmoid(tf.mul(dAfter, g!), i!),
          throughSigmoid(tf.mul(dAfter, c!), f!),
          throughTanh(tf.mul(dAfter, i!), g!),
          throughSigmoid(tf.mul(dh!, squashed), o!),
        ];
        return { gates, entry: [undefined, tf.mul(dAfter, f!)] };
      },
    },
  };
  return steps[cell];
}

export const recurrentKernels: { readonly [K in RecurrentKinds]: TensorflowKernel<K> } = {
  recurrent({ cell }, site) {
    const { tf } = site;
    const layout = CELLS[cell];
    const [rows] = extents(site, 0);
    const [batch] = extents(site, 3);
    const { forward } = cellStep(cell, site);
    return (gates, weight, bias, state, keep) => {
      const inputs = stepsOf(tf, gates, rows / batch);
      const keeps = stepsOf(tf, tf.reshape(keep, [rows, 1]), rows / batch);
      let carried: State = tf.split(state, layout.state, 1);
      const tape = inputs.map((x, t) => {
        const entry = carried.map((part) => tf.mul(part, keeps[t]!));
        const own = tf.add(tf.matMul(entry[0]!, weight), bias);
        const row = forward(x, own, entry);
        carried = row.slice(0, layout.state);
        return row.length === 1 ? row[0]! : tf.concat([...row], 1);
      });
      return tf.concat(tape, 0);
    };
  },

  recurrentOutput(_op, site) {
    const { tf } = site;
    const [rows, units] = site.shape as readonly [number, number];
    return (tape) => tf.slice(tape, [0, 0], [rows, units]);
  },

  recurrentState(_op, site) {
    const { tf } = site;
    const [rows] = extents(site, 0);
    const [batch, carried] = site.shape as readonly [number, number];
    return (tape) => tf.slice(tape, [rows - batch, 0], [batch, carried]);
  },

  recurrentInput({ cell }, site) {
    const { tf } = site;
    const [rows] = extents(site, 0);
    const [batch] = extents(site, 1);
    return (tape, state, keep) =>
      tf.mul(entries(site, cell, rows, batch, tape, state)[0]!, tf.reshape(keep, [rows, 1]));
  },

  recurrentGradient({ cell }, site) {
    const { tf } = site;
    const layout = CELLS[cell];
    const [rows, units] = extents(site, 0);
    const [batch] = extents(site, 3);
    const steps = rows / batch;
    const { backward } = cellStep(cell, site);
    const zeros = site.fill([batch, units], 0);
    return (upstream, tape, weight, state, keep) => {
      const keepColumn = tf.reshape(keep, [rows, 1]);
      const met = entries(site, cell, rows, batch, tape, state).map((part) =>
        stepsOf(tf, tf.mul(part, keepColumn), steps),
      );
      const blocks = tf.split(tape, layout.tape, 1).map((part) => stepsOf(tf, part, steps));
      const keeps = stepsOf(tf, keepColumn, steps);
      const upstreams = stepsOf(tf, upstream, steps);
      const gradients = new Array<DeviceTensor>(steps);
      let later: DeviceTensor[] = Array.from({ length: layout.state }, () => zeros);
      for (let t = steps - 1; t >= 0; t--) {
        const row = blocks.map((part) => part[t]!);
        const entry = met.map((part) => part[t]!);
        const arriving = [tf.add(upstreams[t]!, later[0]!), ...later.slice(1)];
        const { gates, entry: direct } = backward(row, entry, arriving);
        gradients[t] = gates.length === 1 ? gates[0]! : tf.concat([...gates], 1);
        const own = gates.slice(layout.recurrentFrom);
        const throughWeight = tf.matMul(own.length === 1 ? own[0]! : tf.concat(own, 1), weight, false, true);
        const [dh, ...rest] = direct;
        later = [dh === undefined ? throughWeight : tf.add(dh, throughWeight), ...(rest as DeviceTensor[])].map(
          (part) => tf.mul(part, keeps[t]!),
        );
      }
      return tf.concat(gradients, 0);
    };
  },
};

/** The rows of each step: [T B, C] -> T times [B, C]. */
function stepsOf(tf: Tensorflow, x: DeviceTensor, steps: number): DeviceTensor[] {
  return steps === 1 ? [x] : tf.split(x, steps, 0);
}

/** What each step would find if no episode began: the state, then the steps' own results; (h) or (h, c), [T B, H] each. */
function entries(
  { tf }: Site,
  cell: Cell,
  rows: number,
  batch: number,
  tape: DeviceTensor,
  state: DeviceTensor,
): DeviceTensor[] {
  const width = state.shape[1] as number;
  const all = rows === batch ? state : tf.concat([state, tf.slice(tape, [0, 0], [rows - batch, width])], 0);
  return tf.split(all, CELLS[cell].state, 1);
}
