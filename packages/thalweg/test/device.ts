/** The device that tests of ops run on. */
import { setDevice } from "../src/runtime/device.js";

export function useDevice(): void {
  setDevice(undefined);
}
