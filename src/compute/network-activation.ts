// Activations and their slopes in 32-bit steps: each line here has its twin in native/network.cc, with the same bits.
//
//   e^x      n = round(x / ln 2), r = x - n·ln 2, then 2^n · (1 + r + r²·P(r)), P of degree 5; below 2e-7 relative
//   tanh     below 0.625: x + x³·Q(x²), Q of degree 4, since 1 - 2/(e^2x + 1) would cancel there; that formula above
// Source: Cephes (Moshier, 1989), expf and tanhf.
// Why not Math.exp: C++ has another one, and none that a compiler turns into vector instructions everywhere.

import type { Activation } from "./network-shape.js";

const round = Math.fround;
const LOG2_E = round(Math.LOG2E);
/** Added and taken away again, it leaves a small float rounded to the nearest whole number. */
const ROUNDER = 12_582_912;
const LN2_HIGH = round(0.693359375);
const LN2_LOW = round(-2.1219444e-4);
const EXP_MIN = -87;
const EXP_MAX = 88;
const P = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5].map(round);
const Q = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1].map(
  round,
);
const TANH_BEND = 0.625;

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** e^x for -87 … 88; what lies outside counts as the nearer end. */
function exp32(given: number): number {
  const floored = given > EXP_MIN ? given : EXP_MIN;
  const x = floored < EXP_MAX ? floored : EXP_MAX;
  const n = round(round(round(x * LOG2_E) + ROUNDER) - ROUNDER);
  const r = round(round(x - round(n * LN2_HIGH)) - round(n * LN2_LOW));
  let sum = P[0]!;
  for (let index = 1; index < P.length; index++) sum = round(round(sum * r) + P[index]!);
  sum = round(sum * round(r * r));
  sum = round(round(sum + r) + 1);
  bits[0] = (n + 127) << 23;
  return round(sum * float[0]!);
}

function sigmoid32(z: number): number {
  return round(1 / round(1 + exp32(-z)));
}

function tanh32(z: number): number {
  const size = Math.abs(z);
  if (size >= TANH_BEND) {
    const large = round(1 - round(2 / round(exp32(round(size + size)) + 1)));
    return z < 0 ? -large : large;
  }
  const square = round(z * z);
  let sum = Q[0]!;
  for (let index = 1; index < Q.length; index++) sum = round(round(sum * square) + Q[index]!);
  return round(round(round(sum * square) * z) + z);
}

/** Replaces `count` sums from `at` on by their activations. */
export function activate(values: Float32Array, at: number, count: number, activation: Activation): void {
  if (activation === "linear") return;
  for (let index = at; index < at + count; index++) {
    const z = values[index]!;
    if (activation === "sigmoid") values[index] = sigmoid32(z);
    else if (activation === "tanh") values[index] = tanh32(z);
    else values[index] = z > 0 ? z : 0;
  }
}

/** The slope of an activation where its value is `y`: sigmoid y(1-y), tanh 1-y², relu 0 or 1, linear 1. */
export function slopeAt(y: number, activation: Activation): number {
  if (activation === "sigmoid") return round(y * round(1 - y));
  if (activation === "tanh") return round(1 - round(y * y));
  return activation === "relu" && y <= 0 ? 0 : 1;
}
