/** Products of features up to a degree: 1, a, b, a², ab, b², … in this order. */
import { UserError } from "../base/errors.js";
import { flag, wholeAtLeast } from "../base/settings.js";
import { checkColumns, matrixTensor } from "../data/matrix.js";
import type { Tensor } from "../tensor/tensor.js";
import { type RowsInput, readNumbers } from "./columns.js";
import type { FittedTransformer, ModelJSON } from "./estimator.js";
import { inputNames, type TransformerKind, transformerKind } from "./transformer-kind.js";

export interface PolynomialSettings {
  /** The highest degree. Default: 2. */
  readonly degree: number;
  /** Products of different features alone: no squares. Default: false. */
  readonly interactionOnly: boolean;
  /** A column of ones first. Default: true. */
  readonly bias: boolean;
}

/** More columns than this are refused: they would not fit in memory for any number of rows. */
const mostColumns = 1_000_000;

/** Every product of at most `degree` features. The fitted form knows the number of columns alone. */
export const polynomialFeatures: TransformerKind<PolynomialSettings, FittedPolynomial> = transformerKind<
  PolynomialSettings,
  FittedPolynomial
>({
  kind: "polynomialFeatures",
  defaults: { degree: 2, interactionOnly: false, bias: true },
  constraints: { degree: wholeAtLeast(0), interactionOnly: flag(), bias: flag() },
  check({ degree, bias }) {
    if (degree === 0 && !bias) throw new UserError("polynomialFeatures: degree 0 without bias leaves no column at all");
  },
  fit: (settings, x) => new FittedPolynomial(settings, readNumbers("polynomialFeatures.fit", "x", x).columns),
  read: (settings, state) => new FittedPolynomial(settings, state.number("inputColumns")),
});

export class FittedPolynomial implements FittedTransformer {
  readonly kind = "polynomialFeatures";
  readonly settings: PolynomialSettings;
  readonly inputColumns: number;
  /** The features that each column is the product of: [0, 0, 2] is x0² x2. */
  readonly products: readonly (readonly number[])[];

  constructor(settings: PolynomialSettings, inputColumns: number) {
    this.settings = settings;
    this.inputColumns = inputColumns;
    this.products = productsOf(settings, inputColumns);
  }

  get outputColumns(): number {
    return this.products.length;
  }

  transform(x: RowsInput): Tensor {
    const op = "polynomialFeatures.transform";
    const matrix = readNumbers(op, "x", x);
    checkColumns(op, "x", matrix, this.inputColumns);
    const { rows, columns, data } = matrix;
    const width = this.products.length;
    const result = new Float64Array(rows * width);
    for (let i = 0; i < rows; i += 1) {
      this.products.forEach((factors, k) => {
        let product = 1;
        for (const j of factors) product *= data[i * columns + j] ?? 0;
        result[i * width + k] = product;
      });
    }
    return matrixTensor({ rows, columns: width, data: result });
  }

  columnNames(input?: readonly string[]): string[] {
    const names = inputNames(this.kind, this.inputColumns, input);
    return this.products.map((factors) => {
      const powers = new Map<number, number>();
      for (const j of factors) powers.set(j, (powers.get(j) ?? 0) + 1);
      return [...powers].map(([j, power]) => (power === 1 ? `${names[j]}` : `${names[j]}^${power}`)).join(" ") || "1";
    });
  }

  toJSON(): ModelJSON {
    return { kind: this.kind, settings: { ...this.settings }, state: { inputColumns: this.inputColumns } };
  }
}

function productsOf({ degree, interactionOnly, bias }: PolynomialSettings, columns: number): number[][] {
  const products: number[][] = bias ? [[]] : [];
  let last: number[][] = [[]];
  for (let d = 1; d <= degree; d += 1) {
    const next: number[][] = [];
    for (const product of last) {
      const from = (product.at(-1) ?? (interactionOnly ? -1 : 0)) + (interactionOnly ? 1 : 0);
      for (let j = from; j < columns; j += 1) next.push([...product, j]);
      if (products.length + next.length > mostColumns)
        throw new UserError(
          `polynomialFeatures: degree ${degree} of ${columns} columns gives more than ${mostColumns} columns; lower the degree`,
        );
    }
    for (const product of next) products.push(product);
    last = next;
  }
  return products;
}
