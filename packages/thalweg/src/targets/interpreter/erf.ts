/**
 * The error function and its complement in float64, to about one unit in the last place.
 *
 * Rational approximations published with FDLIBM (Sun Microsystems, 1993, s_erf): on |x| < 0.84375 of erf(x) / x in x², on [0.84375, 1.25)
 * of erf(x) − 0.845… in |x| − 1, and beyond of log(x · erfc(x)) + x² in 1 / x². Coefficients lowest power first.
 */
const nearZero = {
  p: [0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -2.3763016656650163e-5],
  q: [1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -3.960228278775368e-6],
};
const nearOne = {
  centre: 0.8450629115104675,
  p: [
    -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
    0.035478304325618236, -0.002166375594868791,
  ],
  q: [
    1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
    0.011984499846799107,
  ],
};
const middle = {
  p: [
    -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
    -184.60509290671104, -81.2874355063066, -9.814329344169145,
  ],
  q: [
    1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
    108.63500554177944, 6.570249770319282, -0.0604244152148581,
  ],
};
const tail = {
  p: [
    -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
    -1025.0951316110772, -483.5191916086514,
  ],
  q: [
    1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
    474.52854120695537, -22.44095244658582,
  ],
};

function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) value = value * x + (coefficients[i] ?? 0);
  return value;
}

function ratio(x: number, { p, q }: { readonly p: readonly number[]; readonly q: readonly number[] }): number {
  return polynomial(x, p) / polynomial(x, q);
}

/** 1 − erf a for a from 1.25 on. */
function complement(a: number): number {
  // e^(−a²) from a part of a whose square is exact, and the rest.
  const high = Math.fround(a);
  const rest = (high - a) * (high + a) + ratio(1 / (a * a), a < 1 / 0.35 ? middle : tail);
  return (Math.exp(-high * high - 0.5625) * Math.exp(rest)) / a;
}

export function erf(x: number): number {
  const a = Math.abs(x);
  // 1.2837… is 2/√π − 1 scaled: for tiny x the product x · 0.128… would be subnormal and lose digits, so it is taken eight times larger.
  if (a < 2 ** -28) return 0.125 * (8 * x + 1.0270333367641007 * x);
  if (a < 0.84375) return x + x * ratio(x * x, nearZero);
  if (a < 1.25) return Math.sign(x) * (nearOne.centre + ratio(a - 1, nearOne));
  if (a < 6) return Math.sign(x) * (1 - complement(a));
  return Number.isNaN(x) ? x : Math.sign(x);
}

export function erfc(x: number): number {
  const a = Math.abs(x);
  if (x < 0.25 && a < 0.84375) return 1 - erf(x);
  if (a < 0.84375) return 0.5 - (x - 0.5 + x * ratio(x * x, nearZero));
  if (a < 1.25) {
    const beyond = ratio(a - 1, nearOne);
    return x < 0 ? 1 + (nearOne.centre + beyond) : 1 - nearOne.centre - beyond;
  }
  if (x < -6) return 2;
  if (a < 28) return x < 0 ? 2 - complement(a) : complement(a);
  return Number.isNaN(x) ? x : 0;
}
