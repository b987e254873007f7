/** A name of letters alone for a number: digits would be masked, and errors that differ in them be one. */
export function lettersOf(number: number): string {
  return [...String(number)].map((digit) => "qwrtpsdfgh"[Number(digit)]).join("");
}
