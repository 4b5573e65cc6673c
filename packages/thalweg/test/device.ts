/** The device that tests of ops run on. */
import { setDevice } from "../src/runtime/device.js";
import { interpreterDevice } from "../src/runtime/interpreter.js";

export function useDevice(): void {
  setDevice(interpreterDevice());
}
