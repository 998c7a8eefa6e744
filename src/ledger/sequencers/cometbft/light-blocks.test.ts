import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Validator } from '@openbsn/sdk'
import { namedValidator } from '../../../testing/net-statements.ts'
import { sayingBlocks } from '../../../testing/said-blocks.ts'
import { type AskEngine, askLightBlock, parseLightBlocks, requireChain } from './light-blocks.ts'

const ledger = 'bsn1x'
const appHash = new Uint8Array(32).fill(0xab)

const said = (validators: readonly Validator[], appHashAfter = 'ab'.repeat(32)) =>
  sayingBlocks({ ledger, validators, appHash: appHashAfter })

const [v0, v1, v2] = [namedValidator('v0'), namedValidator('v1'), namedValidator('v2')]
const facts = { height: 7, appHash, validatorsAt: () => [v0, v1] }

const asked = (ask: AskEngine, heights = [7, 8, 9]) =>
  Promise.all(heights.map((height) => askLightBlock(ask, height)))

const invalid = { code: 'CHAIN_DATA_INVALID' }

describe('what is said of the blocks that a chain goes on from', () => {
  it('is taken where it fits the ledger', async () => {
    const blocks = parseLightBlocks(await asked(said([v1, v0])), ledger)
    requireChain(blocks, facts)
    assert.deepEqual(
      blocks.map(({ height, hash }) => [height, hash]),
      [7, 8, 9].map((height) => [height, 'CD'.repeat(32)]),
    )
  })

  it('has every validator, however many there are', async () => {
    const many = Array.from({ length: 203 }, () => v2)
    const [block] = parseLightBlocks(await asked(said(many)), ledger)
    assert.equal(block?.validators.length, 203)
  })

  it('is refused where it is of others, or goes elsewhere', async () => {
    const lies: readonly (readonly [AskEngine, number[]?])[] = [
      [said([v0])],
      [said([v0, v2])],
      [said([v0, { ...v1, power: v1.power + 1 }])],
      [said([v0, v1], 'AC'.repeat(32))],
      [said([v0, v1], 'x')],
      [said([v0, v1]), [8, 9, 10]],
    ]
    for (const [i, [ask, heights]] of lies.entries()) {
      const blocks = parseLightBlocks(await asked(ask, heights), ledger)
      assert.throws(() => requireChain(blocks, facts), invalid, `lie ${i}`)
    }
  })

  it('is refused where it is none', async () => {
    const good = await asked(said([v0, v1]))
    const [first = '', second = '', third = ''] = good
    const without = (word: string) => [first.replaceAll(word, 'x'), second, third]
    const bad = [
      [],
      good.slice(1),
      [...good, third],
      [first, third, second],
      ['{', second, third],
      ['null', second, third],
      ...['signed_header', 'chain_id', 'block_id', 'validators', 'CDCD'].map(without),
    ]
    for (const texts of bad) {
      assert.throws(() => parseLightBlocks(texts, ledger), invalid, `${texts}`)
    }
    assert.throws(() => parseLightBlocks(good, 'bsn1y'), invalid)
  })
})
