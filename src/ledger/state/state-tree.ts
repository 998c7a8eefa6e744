import {
  compareBytes,
  equalBytes,
  type StateLeaf,
  type StateProof,
  sha256,
  stateKeyHash,
} from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import { descend, emptyPage, fold, nibbleAt, type Page, type Slot, slotHash } from './state-page.ts'

/** Where pages lie, by their place: one hex digit for each page above them. */
export interface PageSource {
  page(place: string): Page | undefined
}

/** New pages of a change of state, undefined for one that goes; nothing is stored yet. */
export type StatePlan = {
  readonly root: Uint8Array
  readonly pages: ReadonlyMap<string, Page | undefined>
}

/** Null deletes. Deleting what is not there changes nothing. */
export type StateChanges = ReadonlyMap<string, Uint8Array | null>

type Change = { readonly keyHash: Uint8Array; readonly leaf: Slot }

/** The root after `changes`, and the pages that differ. Same state, same root, whatever the way. */
export function planState(changes: StateChanges, source: PageSource): StatePlan {
  const pages = new Map<string, Page | undefined>()
  const root = source.page('') ?? emptyPage()
  if (changes.size > 0) {
    const sorted = [...changes].map(changeOf)
    sorted.sort((a, b) => compareBytes(a.keyHash, b.keyHash))
    changePage(root, '', sorted, { source, pages })
    pages.set('', root)
  }
  return { root: slotHash(fold(root)), pages }
}

function changeOf([key, value]: [string, Uint8Array | null]): Change {
  const keyHash = stateKeyHash(key)
  const leaf = value === null ? null : { kind: 'leaf' as const, keyHash, valueHash: sha256(value) }
  return { keyHash, leaf }
}

type Work = { readonly source: PageSource; readonly pages: Map<string, Page | undefined> }

function changePage(page: Page, place: string, changes: readonly Change[], work: Work): void {
  const depth = place.length
  for (let start = 0; start < changes.length; ) {
    const nibble = nibbleAt(changes[start]?.keyHash ?? new Uint8Array(), depth)
    let end = start + 1
    while (end < changes.length && nibbleOf(changes[end], depth) === nibble) end++
    const below = place + nibble.toString(16)
    page[nibble] = changeSlot(page[nibble] ?? null, below, changes.slice(start, end), work)
    start = end
  }
}

function nibbleOf(change: Change | undefined, depth: number): number {
  return change ? nibbleAt(change.keyHash, depth) : -1
}

function changeSlot(slot: Slot, place: string, changes: readonly Change[], work: Work): Slot {
  const [first] = changes
  if (first && changes.length === 1 && slot?.kind !== 'tree') {
    if (slot === null) return first.leaf
    if (equalBytes(slot.keyHash, first.keyHash)) return first.leaf
    if (first.leaf === null) return slot
  }
  const page = pageBelow(slot, place, work.source)
  changePage(page, place, changes, work)
  const whole = fold(page)
  const isPage = whole?.kind === 'tree'
  if (isPage || slot?.kind === 'tree') work.pages.set(place, isPage ? page : undefined)
  return whole
}

function pageBelow(slot: Slot, place: string, source: PageSource): Page {
  if (slot?.kind === 'tree') {
    const page = source.page(place)
    assert(page !== undefined, `the state has the page ${place} that the one above names`)
    return page
  }
  const page = emptyPage()
  if (slot) page[nibbleAt(slot.keyHash, place.length)] = slot
  return page
}

/** Membership or absence of a key, against the root of the stored pages. */
export function proveState(key: string, source: PageSource): StateProof {
  const keyHash = stateKeyHash(key)
  const siblings: Uint8Array[] = []
  let place = ''
  for (;;) {
    const page = source.page(place) ?? emptyPage()
    const slot = descend(page, keyHash, place.length, siblings)
    if (slot?.kind !== 'tree') return { siblings, leaf: leafOf(slot) }
    place += nibbleAt(keyHash, place.length).toString(16)
  }
}

function leafOf(slot: StateLeaf | null): StateLeaf | null {
  return slot && { keyHash: slot.keyHash, valueHash: slot.valueHash }
}
