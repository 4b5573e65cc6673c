/** Methods that change the shape of a tensor. */
import { ReducibleTensor } from "./reductions.js";

export abstract class ShapedTensor extends ReducibleTensor {}
