import { bitAt, emptyStateRoot, type StateLeaf, stateLeafHash, stateNodeHash } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'

/** What stands at a place of the state tree: nothing, a lone leaf, or a subtree of two or more. */
export type Slot =
  | null
  | (StateLeaf & { readonly kind: 'leaf' })
  | { readonly kind: 'tree'; readonly hash: Uint8Array }

/**
 * Four levels of the binary tree in one page: 16 places. A subtree among them has a page of its
 * own; a lone leaf is kept in the page above, so that every page but the root has two leaves.
 */
export type Page = Slot[]

export const pageSlots = 16

export function emptyPage(): Page {
  return Array.from({ length: pageSlots }, () => null)
}

/** The four bits of a key's hash that choose its place in a page `depth` pages below the root. */
export function nibbleAt(hash: Uint8Array, depth: number): number {
  const byte = hash[depth >> 1] ?? 0
  return depth % 2 === 0 ? byte >> 4 : byte & 15
}

export function slotHash(slot: Slot): Uint8Array {
  if (slot === null) return emptyStateRoot
  return slot.kind === 'leaf' ? stateLeafHash(slot) : slot.hash
}

/** What the places from `start` on, `count` of them, come to: a lone leaf rises. */
export function fold(page: Page, start = 0, count = pageSlots): Slot {
  if (count === 1) return page[start] ?? null
  const left = fold(page, start, count / 2)
  const right = fold(page, start + count / 2, count / 2)
  if (left === null && right === null) return null
  if (left === null && right?.kind === 'leaf') return right
  if (right === null && left?.kind === 'leaf') return left
  return { kind: 'tree', hash: stateNodeHash(slotHash(left), slotHash(right)) }
}

/**
 * Goes down the way of `keyHash` inside a page and gathers the siblings on it.
 * Returns what stands where the way ends in this page.
 */
export function descend(
  page: Page,
  keyHash: Uint8Array,
  depth: number,
  siblings: Uint8Array[],
): Slot {
  let start = 0
  let count = pageSlots
  for (let bit = depth * 4; count > 1; bit++) {
    const here = fold(page, start, count)
    if (here?.kind !== 'tree') return here
    count /= 2
    const goesRight = bitAt(keyHash, bit) === 1
    siblings.push(slotHash(fold(page, goesRight ? start : start + count, count)))
    if (goesRight) start += count
  }
  return page[start] ?? null
}

/** Two masks (leaves, trees), then 64 bytes for each leaf and 32 for each tree, in order. */
export function encodePage(page: Page): Buffer {
  let leaves = 0
  let trees = 0
  const parts: Uint8Array[] = []
  page.forEach((slot, i) => {
    if (slot?.kind === 'leaf') {
      leaves |= 1 << i
      parts.push(slot.keyHash, slot.valueHash)
    } else if (slot) {
      trees |= 1 << i
      parts.push(slot.hash)
    }
  })
  const masks = Buffer.alloc(4)
  masks.writeUInt16BE(leaves, 0)
  masks.writeUInt16BE(trees, 2)
  return Buffer.concat([masks, ...parts])
}

export function decodePage(bytes: Uint8Array): Page {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const leaves = view.getUint16(0)
  const trees = view.getUint16(2)
  let offset = 4
  const take = () => {
    offset += 32
    return Uint8Array.from(bytes.subarray(offset - 32, offset))
  }
  const page = emptyPage().map((_, i): Slot => {
    if (leaves & (1 << i)) return { kind: 'leaf', keyHash: take(), valueHash: take() }
    return trees & (1 << i) ? { kind: 'tree', hash: take() } : null
  })
  assert(offset === bytes.length, 'a page is as long as its masks say')
  return page
}
