/** The one place that reads the wall clock; everything else is handed a `Clock`. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** The one place that throws dice. */
export const systemRandom: () => number = () => Math.random();
