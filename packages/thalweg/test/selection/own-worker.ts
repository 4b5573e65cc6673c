/** A worker of the caller's own, for kinds that the library's does not know. */
import { ridge } from "../../src/linear/index.js";
import { serveFits } from "../../src/selection/index.js";
import { testRidge } from "./models.js";

serveFits([testRidge, ridge]);
