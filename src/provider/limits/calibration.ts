/**
 * Corrects estimates of tokens by what calls of the same model used. A window holds only if no more is used than
 * was reserved, so estimates that are too low (Chinese text, several choices, reasoning) are raised to the worst of late.
 * They are lowered only where the server itself said how large it takes a call to be.
 */

/** Before the first usage is known, an estimate may be too low by so much. */
const DOUBT = 10;
const REMEMBERED_USES = 64;
const REMEMBERED_SIZES = 8;
/** A higher ratio is taken for an outlier. */
const MOST_RAISED = 100;
const MOST_LOWERED = 0.02;

export class Calibration {
  readonly #uses = new Recent(REMEMBERED_USES);
  readonly #sizes = new Recent(REMEMBERED_SIZES);
  readonly #trusts: boolean;
  #doubt = DOUBT;

  /** `trusts`: estimates are upper bounds, and stay as they are. */
  constructor(trusts: boolean) {
    this.#trusts = trusts;
  }

  /** The tokens to reserve for a call. */
  size(estimate: number): number {
    return this.#trusts ? estimate : Math.max(this.likely(estimate), estimate * this.#doubt);
  }

  /** The tokens to count for a call that does not report its usage. */
  likely(estimate: number): number {
    if (this.#trusts) return estimate;
    return Math.ceil(estimate * Math.max(this.#sizes.most ?? 1, this.#uses.most ?? 0));
  }

  /** A call ended well; `used` is absent where the server did not tell. */
  used(estimate: number, used: number | undefined): void {
    this.#doubt = 0;
    if (used !== undefined && estimate > 0) this.#uses.add(Math.min(MOST_RAISED, used / estimate));
  }

  /** The server refused a call, and said its size. */
  requested(estimate: number, requested: number): void {
    this.#doubt = 0;
    if (estimate > 0) this.#sizes.add(Math.min(MOST_RAISED, Math.max(MOST_LOWERED, requested / estimate)));
  }
}

/** The most of the latest values. */
class Recent {
  readonly #values: number[] = [];
  readonly #length: number;
  #at = 0;
  #most: number | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  get most(): number | undefined {
    return this.#most;
  }

  add(value: number): void {
    const replaced = this.#values[this.#at];
    this.#values[this.#at] = value;
    this.#at = (this.#at + 1) % this.#length;
    if (this.#most === undefined || value >= this.#most) this.#most = value;
    else if (replaced === this.#most) this.#most = Math.max(...this.#values);
  }
}
