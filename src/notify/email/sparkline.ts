import { encode } from "fast-png";

/** As shown; the picture has twice as many pixels each way, for screens that have them. */
export const SPARKLINE_WIDTH = 119;
export const SPARKLINE_HEIGHT = 28;

const SCALE = 2;
/** Pixels of a bar and of the gap beside it. */
const [BAR, GAP] = [6, 2];
const [NOTHING, QUIET, BUSY, LATEST] = [0, 1, 2, 3];
/** Each can be told from white and from the dark of mail programs; what is nothing lets either through. */
const PALETTE = [
  [0, 0, 0, 0],
  [138, 148, 160, 255],
  [74, 134, 214, 255],
  [217, 115, 13, 255],
];

/**
 * A PNG with a bar for each day, the last one in another colour; a day without anything is a line on the ground. The same
 * numbers always give the same bytes, less than a kilobyte of them.
 */
export function drawSparkline(daily: readonly number[]): Uint8Array {
  const [width, height] = [SPARKLINE_WIDTH * SCALE, SPARKLINE_HEIGHT * SCALE];
  const most = Math.max(1, ...daily);
  const data = new Uint8Array(width * height).fill(NOTHING);
  for (const [day, count] of daily.entries()) {
    const color = count <= 0 ? QUIET : day === daily.length - 1 ? LATEST : BUSY;
    const tall = count <= 0 ? SCALE : Math.max(2 * SCALE, Math.round((count / most) * height));
    const left = day * (BAR + GAP);
    for (let y = height - tall; y < height; y++) {
      data.fill(color, y * width + Math.min(left, width), y * width + Math.min(left + BAR, width));
    }
  }
  return encode({ width, height, data, depth: 8, channels: 1, palette: PALETTE }, { zlib: { level: 9 } });
}
