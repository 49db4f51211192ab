// Four lanes of float32: multiply-add, exp, log, tanh, and the handling of a vector's last lanes.
//
// The relaxed build fuses multiply and add (one rounding where the CPU has FMA); the plain build uses SIMD operations
// whose every bit WebAssembly defines. Nothing else differs between the two.

/** a * b + c. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** c - a * b. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
export function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** All bits of the lanes below `count`, none of the others. */
// @ts-ignore: decorator
@inline
export function lanes(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** `value` in the lanes below `count`, zero in the others. */
// @ts-ignore: decorator
@inline
export function keep(value: v128, count: i32): v128 {
  return v128.and(value, lanes(count));
}

/** `value`, or zero where it is smaller than `limit`; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function flush(value: v128, limit: v128): v128 {
  return v128.andnot(value, f32x4.lt(f32x4.abs(value), limit));
}

/** Sum of the four lanes, in the order (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Largest of the four lanes, in all lanes. NaN counts as smaller than anything. */
// @ts-ignore: decorator
@inline
export function maximumLanes(x: v128): v128 {
  const pairs = f32x4.pmax(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.pmax(pairs, i8x16.shuffle(pairs, pairs, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
}

/** Stores the lanes below `count`, 1 to 4. */
// @ts-ignore: decorator
@inline
export function storeLanes(address: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, value);
    return;
  }
  v128.store32_lane(address, value, 0);
  if (count > 1) v128.store32_lane(address, value, 1, 4);
  if (count > 2) v128.store32_lane(address, value, 2, 8);
}

// Constants of the functions below live in memory: V8 builds a vector constant anew at each use, through the one port
// that shuffles, while a load that repeats one float32 is free beside the arithmetic.

/** Value `index` of a table, in all lanes. */
// @ts-ignore: decorator
@inline
function entry(table: usize, index: usize): v128 {
  return v128.load32_splat(table + (index << 2));
}

// Bounds; log2(e); 1.5 * 2^23 (adding it rounds to a whole number, which is then in the low bits); ln(2) in two parts,
// the first with so few bits that its product with an exponent is exact (Cody and Waite); coefficients of
// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2 from Cephes' expf (Moshier); 1; bounds of the logistic function.
const EXP = memory.data<f32>([
  88.37, -87, 1.44269504088896341, 12582912, 0.693359375, -2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
  50, -50,
]);

/** (e^r - 1 - r) for |r| <= ln(2) / 2. */
// @ts-ignore: decorator
@inline
function expTail(r: v128): v128 {
  let p = madd(entry(EXP, 6), r, entry(EXP, 7));
  p = madd(p, r, entry(EXP, 8));
  p = madd(p, r, entry(EXP, 9));
  p = madd(p, r, entry(EXP, 10));
  p = madd(p, r, entry(EXP, 11));
  return f32x4.mul(p, f32x4.mul(r, r));
}

/** e^x for -87 <= x <= 88.37. */
// @ts-ignore: decorator
@inline
function expWithin(x: v128): v128 {
  const rounded = madd(x, entry(EXP, 2), entry(EXP, 3));
  const n = f32x4.sub(rounded, entry(EXP, 3));
  const r = nmadd(n, entry(EXP, 5), nmadd(n, entry(EXP, 4), x));
  const y = f32x4.add(f32x4.add(expTail(r), r), entry(EXP, 12));
  return i32x4.add(y, i32x4.shl(rounded, 23));
}

/** e^x; 0 below -87 (no denormals), infinity above 88.37, NaN for NaN. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const high = entry(EXP, 0), low = entry(EXP, 1);
  const scaled = expWithin(f32x4.pmax(f32x4.pmin(x, high), low));
  // Above the range: all exponent bits, which is infinity; NaN: all bits.
  const infinite = v128.and(f32x4.gt(x, high), f32x4.splat(Infinity));
  const finite = v128.andnot(scaled, v128.or(f32x4.lt(x, low), f32x4.gt(x, high)));
  return v128.or(v128.or(finite, infinite), f32x4.ne(x, x));
}

/** Logistic function 1 / (1 + e^-x); below -50 it stays at its value there (no denormals); NaN for NaN. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(f32x4.neg(x), entry(EXP, 13)), entry(EXP, 14));
  const one = entry(EXP, 12);
  return v128.or(f32x4.div(one, f32x4.add(one, expWithin(bounded))), f32x4.ne(x, x));
}

/** e^x - 1 - x, accurate near 0 where the plain difference would cancel. */
// @ts-ignore: decorator
@inline
export function expRemainder(x: v128): v128 {
  const small = f32x4.lt(f32x4.abs(x), splat(0.34));
  return v128.bitselect(expTail(x), f32x4.sub(f32x4.sub(exp(x), splat(1)), x), small);
}

// Coefficients of Cephes' logf (Moshier), 1, 1/2, and ln(2) in two parts.
const LOG = memory.data<f32>([
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, 1, 0.5, 0.693359375, -2.12194440e-4,
]);

/** Natural logarithm of a positive, normal number; NaN for NaN. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)); 0x3f3504f3 is sqrt(1/2).
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const e = f32x4.convert_i32x4_s(exponent);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), entry(LOG, 9));
  let p = madd(entry(LOG, 0), f, entry(LOG, 1));
  p = madd(p, f, entry(LOG, 2));
  p = madd(p, f, entry(LOG, 3));
  p = madd(p, f, entry(LOG, 4));
  p = madd(p, f, entry(LOG, 5));
  p = madd(p, f, entry(LOG, 6));
  p = madd(p, f, entry(LOG, 7));
  p = madd(p, f, entry(LOG, 8));
  const z = f32x4.mul(f, f);
  let y = f32x4.mul(f32x4.mul(p, f), z);
  y = madd(e, entry(LOG, 12), y);
  y = nmadd(z, entry(LOG, 10), y);
  return v128.or(madd(e, entry(LOG, 11), f32x4.add(f, y)), f32x4.ne(x, x));
}

// The bound where the function reaches 1 in float32, then the numerator's and the denominator's coefficients.
const TANH = memory.data<f32>([
  7.90531110763549805, -7.90531110763549805,
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
  6.37261928875436e-4, 4.89352455891786e-3,
  1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3,
]);

/** Hyperbolic tangent: the odd rational function of degree 13 over 6 that Eigen uses for float32. */
// @ts-ignore: decorator
@inline
export function tanh(value: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(value, entry(TANH, 0)), entry(TANH, 1));
  const z = f32x4.mul(x, x);
  let p = madd(entry(TANH, 2), z, entry(TANH, 3));
  p = madd(p, z, entry(TANH, 4));
  p = madd(p, z, entry(TANH, 5));
  p = madd(p, z, entry(TANH, 6));
  p = madd(p, z, entry(TANH, 7));
  p = madd(p, z, entry(TANH, 8));
  let q = madd(entry(TANH, 9), z, entry(TANH, 10));
  q = madd(q, z, entry(TANH, 11));
  q = madd(q, z, entry(TANH, 12));
  return f32x4.div(f32x4.mul(x, p), q);
}
