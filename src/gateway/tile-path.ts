/** One static tile, by its place; `width` below 256 asks for the front of one that is not full. */
export type TilePlace = { readonly index: number; readonly width: number }

export const tileWidth = 256

const group = '[0-9]{3}'
// At most six groups: 10^18 tiles are more than any log has, and the pattern stays linear.
const pattern = new RegExp(`^((?:x${group}/){0,5})(${group})(?:\\.p/([1-9][0-9]{0,2}))?$`)

/**
 * Reads N of C2SP tlog-tiles: groups of three digits, all but the last with an `x` before, such as
 * `x001/x234/067`, and `.p/WIDTH` after it for a part. Undefined for anything else.
 */
export function parseTilePath(path: string): TilePlace | undefined {
  const [, groups = '', last = '', part] = pattern.exec(path) ?? []
  if (last === '' || groups.startsWith('x000/')) return undefined
  const index = Number(groups.replace(/[x/]/g, '') + last)
  const width = part === undefined ? tileWidth : Number(part)
  const isFull = part === undefined
  if (!Number.isSafeInteger(index) || (!isFull && width >= tileWidth)) return undefined
  return { index, width }
}
