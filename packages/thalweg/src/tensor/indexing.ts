/** Methods that pick elements of a tensor, order them or count them. */
import { ShapedTensor } from "./shaping.js";

export abstract class IndexedTensor extends ShapedTensor {}
