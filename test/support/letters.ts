/** A name of letters alone for a number: digits would be masked, and errors that differ in them be one. */
export function lettersOf(number: number): string {
  return [...String(number)].map((digit) => "qwrtpsdfgh"[Number(digit)]).join("");
}

/** Letters alone, in no order: they take as much room as they are long. */
export function incompressible(seed: string, length: number): string {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(97 + ((state >>> 16) % 26));
  }).join("");
}
