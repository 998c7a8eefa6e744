import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { LogCheck } from './log-check.ts'
import { LogStack } from './log-stack.ts'
import type { Snapshot } from './snapshot.ts'

const width = 256

/** As many as make one tile of level 1. */
const leaves = Array.from({ length: width * width }, (_, i) =>
  createHash('sha256').update(String(i)).digest(),
)
/** The tiles that they lead to, by `level,place`. */
const tiles = new Map<string, Buffer>()

/** The check of all leaves, in blocks of so many, against tiles of which some are put otherwise. */
function namedWith(changes: Readonly<Record<string, Buffer | undefined>>, blockSize = 1000) {
  const stored = new Map([...tiles, ...Object.entries(changes)])
  const table = { get: (key: unknown) => stored.get(String(key)) }
  const check = new LogCheck({ tiles: table } as unknown as Snapshot)
  try {
    for (const [i, leaf] of leaves.entries()) {
      check.append(leaf)
      if (check.size % blockSize === 0 || i === leaves.length - 1) check.endBlock()
    }
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return `${error.code} ${error.details.which}`
  }
  return `${check.tiles} tiles`
}

describe('the check of the log', () => {
  before(() => {
    const roots: Buffer[] = []
    for (let place = 0; place < width; place++) {
      const own = leaves.slice(place * width, (place + 1) * width)
      const stack = new LogStack(() => undefined)
      for (const leaf of own) stack.append(leaf)
      roots.push(stack.root())
      tiles.set(`0,${place}`, Buffer.concat(own))
    }
    tiles.set('1,0', Buffer.concat(roots))
  })

  it('finds nothing where all tiles are right', () => {
    assert.equal(namedWith({}), '257 tiles')
  })

  it('names a wrong or missing tile by its level and place', () => {
    const wrong = Buffer.alloc(width * 32)
    for (const [level, place] of [
      [0, 0],
      [0, 1],
      [0, 255],
      [1, 0],
    ] as const) {
      const thing = `VERIFY_TILE_WRONG ${level}/${place}`
      assert.equal(namedWith({ [`${level},${place}`]: wrong }), thing)
    }
    assert.equal(namedWith({ '0,2': undefined }), 'VERIFY_TILE_WRONG 0/2')
  })

  it('names the first of several, also within one block', () => {
    const wrong = Buffer.alloc(width * 32)
    const named = (...places: string[]) =>
      namedWith(Object.fromEntries(places.map((place) => [place, wrong])), leaves.length)
    assert.equal(named('0,7', '0,3', '0,200'), 'VERIFY_TILE_WRONG 0/3')
    assert.equal(named('1,0', '0,255'), 'VERIFY_TILE_WRONG 0/255')
  })
})
