import { hashOf, hex32, mix32 } from "./random.js";

/** Hands out ids of errors, like `8f1c0a52`, and never the same one twice unless it is told to count from 1. */
export class ErrorIds {
  private readonly mask: number;
  private issued = 0;
  private counted: number | null = null;

  constructor(seed: number) {
    this.mask = hashOf(seed, "error ids");
  }

  next(): string {
    if (this.counted !== null) {
      this.counted += 1;
      return String(this.counted);
    }
    this.issued += 1;
    return hex32(mix32(this.mask ^ this.issued));
  }

  /** From now on `1`, `2` and so on, starting again at each call; or opaque ids. */
  start(form: "counted" | "opaque"): void {
    this.counted = form === "counted" ? 0 : null;
  }
}
