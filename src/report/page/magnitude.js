// Non-negative numbers with an unlimited exponent. They are pathscope's own, step by step, so that what the page computes is
// what the command computes: m * 2^(512 * e), with m zero or from 2^-256 to 2^256.

const UPPER = 2 ** 256;
const LOWER = 2 ** -256;
const SHRINK = 2 ** -512;
const GROW = 2 ** 512;
/** The smallest double with all its digits. */
const LEAST_NORMAL = 2 ** -1022;

/** @type {Magnitude} */
const ZERO = { m: 0, e: 0 };
/** @type {Magnitude} */
const ONE = { m: 1, e: 0 };

/**
 * @param {number} m
 * @param {number} e
 * @returns {Magnitude}
 */
function normalized(m, e) {
  if (m === 0) return ZERO;
  while (m >= UPPER) {
    m *= SHRINK;
    e += 1;
  }
  while (m < LOWER) {
    m *= GROW;
    e -= 1;
  }
  return { m, e };
}

/** @param {number} value */
const magnitude = (value) => normalized(value, 0);

/**
 * @param {Magnitude} a
 * @param {Magnitude} b
 */
const times = (a, b) => normalized(a.m * b.m, a.e + b.e);

/**
 * @param {Magnitude} a
 * @param {Magnitude} b
 * @returns {Magnitude}
 */
function plus(a, b) {
  if (a.m === 0) return b;
  if (b.m === 0) return a;
  const [high, low] = a.e >= b.e ? [a, b] : [b, a];
  // Two steps apart the smaller one is below 2^-512 of the larger one.
  if (high.e - low.e > 1) return high;
  return normalized(high.m + (high.e === low.e ? low.m : low.m * SHRINK), high.e);
}

/**
 * Returns a / b, rounded to zero or infinity where it is beyond doubles.
 * @param {Magnitude} a
 * @param {Magnitude} b
 */
function ratio(a, b) {
  if (a.m === 0 || b.m === 0) return a.m / b.m;
  return rounded(normalized(a.m / b.m, a.e - b.e));
}

/** @param {Magnitude} a */
function rounded({ m, e }) {
  if (e > 2) return Infinity;
  if (e < -2) return 0;
  for (; e > 0; e -= 1) m *= GROW;
  for (; e < 0; e += 1) m *= SHRINK;
  return m;
}

/**
 * Returns the double, or null where it would overflow or lose digits.
 * @param {Magnitude} a
 */
function toNumber(a) {
  const value = rounded(a);
  return a.m === 0 || (value >= LEAST_NORMAL && value < Infinity) ? value : null;
}

/** @param {Magnitude} a */
const logarithm = ({ m, e }) => Math.log(m) + e * 512 * Math.LN2;

/**
 * Returns whether a is larger than b.
 * @param {Magnitude} a
 * @param {Magnitude} b
 */
function exceeds(a, b) {
  if (a.m === 0 || b.m === 0) return a.m > b.m;
  return a.e === b.e ? a.m > b.m : a.e > b.e;
}
