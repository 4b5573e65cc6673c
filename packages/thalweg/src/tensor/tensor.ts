/** The tensor. */
import { TensorCore } from "./core.js";

export class Tensor extends TensorCore {}
