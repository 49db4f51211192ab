/**
 * Seeded random streams, split by purpose.
 *
 * Every random draw in `lab/` comes from a stream made here. A stream is named by (seed, purpose, index), so that two
 * policies that meet the same world seed face the same world whatever they do, and adding a new purpose never shifts
 * the draws of another one. The generator is xoshiro128++ (Blackman and Vigna, 2019); its state is four 32-bit words.
 */

/** Words a stream's state takes in a saved state (see {@link RandomStream.save}). */
export const RANDOM_STATE_SIZE = 4;

/** splitmix32 (Steele et al., 2014, 32-bit finaliser of Wellons): one avalanche step. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

export class RandomStream {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  constructor(seed: number, purpose: string, index = 0) {
    this.reseed(seed, purpose, index);
  }

  /** Puts the stream at the start of (seed, purpose, index); allocation-free, for use at every reset. */
  reseed(seed: number, purpose: string, index = 0): void {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is a whole number >= 0, not ${seed}`);
    let h = mix(seed >>> 0) ^ mix(Math.floor(seed / 0x1_0000_0000) + 0x9e3779b9);
    for (let i = 0; i < purpose.length; i++) h = mix(h ^ (purpose.charCodeAt(i) + Math.imul(i + 1, 0x9e3779b9)));
    h = mix(h ^ mix(index + 0x85ebca6b));
    this.a = mix(h + 0x9e3779b9);
    this.b = mix(h + 0x3c6ef372);
    this.c = mix(h + 0xdaa66d2b);
    this.d = mix(h + 0x78dde6e4) | 1; // never all zero
  }

  /** A uniform 32-bit integer. */
  uint32(): number {
    const sum = (this.a + this.d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + this.a) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** Uniform on the open interval (low, high), 32 bits of resolution. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * ((this.uint32() + 0.5) / 4294967296);
  }

  /** Uniform integer in [0, n). */
  integer(n: number): number {
    return Math.floor((this.uint32() / 4294967296) * n);
  }

  /** Standard normal (Box and Muller, one value a call so that the state stays four words). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Exponential with the given mean. */
  exponential(mean = 1): number {
    return -mean * Math.log(this.uniform());
  }

  /** Fisher-Yates shuffle in place. */
  shuffle(values: Int32Array | Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = values[i] as number;
      values[i] = values[j] as number;
      values[j] = held;
    }
  }

  /** Writes the state as {@link RANDOM_STATE_SIZE} numbers at `offset`; returns the next free offset. */
  save(out: Float64Array, offset: number): number {
    out[offset] = this.a >>> 0;
    out[offset + 1] = this.b >>> 0;
    out[offset + 2] = this.c >>> 0;
    out[offset + 3] = this.d >>> 0;
    return offset + RANDOM_STATE_SIZE;
  }

  /** Reads what {@link save} wrote; returns the next offset. */
  load(from: Float64Array, offset: number): number {
    this.a = (from[offset] as number) | 0;
    this.b = (from[offset + 1] as number) | 0;
    this.c = (from[offset + 2] as number) | 0;
    this.d = (from[offset + 3] as number) | 0;
    return offset + RANDOM_STATE_SIZE;
  }
}
