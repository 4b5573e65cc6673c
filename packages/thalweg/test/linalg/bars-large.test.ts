/** The accuracy bars at the edges of the large blocks: of products of matrices, and of the two halves of symmetric problems. */
import { test } from "node:test";
import { hold } from "./bar-checks.js";
import { gram, type Named, plus, random, symmetric } from "./bar-matrices.js";

const squares = (...sizes: number[]): Named => sizes.map((n) => [`${n} × ${n}`, random(n, n, n)]);

test("LU and QR", () => {
  for (const factorisation of ["lu", "qr", "pivoted qr"])
    hold(factorisation, [...squares(193, 257), ["300 × 150", random(300, 150, 1)], ["150 × 300", random(150, 300, 1)]]);
});

test("Cholesky", () =>
  hold(
    "cholesky",
    [192, 193, 257].map((n) => [`${n}`, plus(gram(random(n, n, n)), 1)]),
  ));

test("eigh", () =>
  hold(
    "eigh",
    [192, 193, 257].map((n) => [`${n}`, symmetric(n, n)]),
  ));

test("SVD and eig", () => {
  hold("svd", [...squares(193, 256), ["257 × 100", random(257, 100, 1)], ["100 × 257", random(100, 257, 1)]]);
  hold("eig", squares(161));
});
