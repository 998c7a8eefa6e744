/** Digits of every number that is patched into bytes. */
export const numberDigits = 16

/** Where a mark of 16 characters stands in some bytes. */
export function placesOf(bytes: Uint8Array, mark: string): number[] {
  const places: number[] = []
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = view.indexOf(mark); at >= 0; at = view.indexOf(mark, at + 1)) places.push(at)
  return places
}

/** Writes a number, 16 digits, at each of the places. */
export function patchNumber(bytes: Uint8Array, places: readonly number[], number: number): void {
  for (const at of places) {
    for (let place = at + numberDigits - 1, rest = number; place >= at; place--) {
      bytes[place] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
  }
}
