/**
 * Whether a program gains by several threads, as found out by running it: on a machine that does other things too, or with pauses after which
 * the workers must be woken, it may lose. The results are the same either way.
 */

/** Runs before the other way is first tried, and at most between trials. */
const trial = { first: 16, most: 256 } as const;
/** Runs of a trial; the first of them wakes the workers or finds cold caches, and is not counted. */
const trialRuns = 4;
/** Of a new time in a mean, and how far one time may lie above the mean before it is taken for a disturbance. */
const weight = 0.25;
const disturbance = 2;

export class Pace {
  private alone: number | undefined;
  private shared: number | undefined;
  private left: number = trial.first;
  private interval: number = trial.first;

  /** Whether several threads should take the next run. */
  get shares(): boolean {
    const better = this.alone === undefined || this.shared === undefined || this.shared <= this.alone;
    return better !== this.trying;
  }

  private get trying(): boolean {
    return this.left <= 0;
  }

  record(shared: boolean, milliseconds: number): void {
    if (this.left !== 0) {
      if (shared) this.shared = mean(this.shared, milliseconds);
      else this.alone = mean(this.alone, milliseconds);
    }
    this.left -= 1;
    if (this.left > -trialRuns) return;
    this.interval = Math.min(trial.most, 2 * this.interval);
    this.left = this.interval;
  }
}

function mean(old: number | undefined, value: number): number {
  if (old === undefined) return value;
  return old + weight * (Math.min(value, disturbance * old) - old);
}
