import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toBase64url, verifyKeyBundle } from '@openbsn/sdk'
import { collect } from '../testing/chunks.ts'
import { testFolder } from '../testing/folder.ts'
import { testStatement } from '../testing/gateway.ts'
import { createMemoryLedger } from '../testing/memory-ledger.ts'
import { createLineVerifier, receiptLines } from './receipt-lines.ts'

describe('receipt lines', () => {
  const folder = testFolder()
  const ledger = createMemoryLedger()
  const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
  const lines: string[] = []
  before(async () => {
    const names = Array.from({ length: 20 }, (_, i) => `row ${i}`)
    const statements = await Promise.all(names.map((name) => testStatement(ledger, name)))
    await ledger.submit(statements.slice(0, 12))
    await ledger.submit(statements.slice(12))
    for (const [index, statement] of statements.entries()) {
      const receipt = toBase64url(ledger.receipts(index)[0] ?? new Uint8Array())
      lines.push(JSON.stringify({ index, statement: toBase64url(statement), receipt }))
    }
    folder.file('out.ndjson', `${lines.join('\n')}\n`)
  })
  after(folder.remove)

  it('are all read, or a sample of them, in order and none twice', async () => {
    const path = folder.file('out.ndjson')
    assert.equal((await collect(receiptLines(path))).length, 20)
    const seen = new Set<number>()
    for (let round = 0; round < 50; round++) {
      const numbers = (await collect(receiptLines(path, 5))).map(({ number }) => number)
      assert.equal(new Set(numbers).size, 5)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
      for (const number of numbers) seen.add(number)
    }
    // Of 50 draws of 5 in 20, one that never comes has a chance of (3/4)^50.
    assert.equal(seen.size, 20)
    assert.equal((await collect(receiptLines(path, 100))).length, 20)
  })

  it('verify, each at its place', () => {
    const verifier = createLineVerifier(keys)
    for (const [i, text] of lines.entries()) {
      const { index, height, ledger: id } = verifier.verify({ number: i + 1, text })
      assert.deepEqual([index, height, id], [i, i < 12 ? 1 : 2, ledger.id])
    }
  })

  it('fail for any flipped byte, also after others of the block were right', () => {
    const verifier = createLineVerifier(keys)
    for (const text of lines) verifier.verify({ number: 1, text })
    const { index, statement, receipt } = JSON.parse(lines[3] ?? '')
    for (const [name, value] of Object.entries({ statement, receipt })) {
      const bytes = Buffer.from(String(value), 'base64url')
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ 1
        const text = JSON.stringify({ index, statement, receipt, [name]: toBase64url(flipped) })
        assert.throws(
          () => verifier.verify({ number: 4, text }),
          /^CodedError: Line 4: /,
          `${name} ${at}`,
        )
      }
    }
  })

  it('fail where they prove another place, or are no receipt', () => {
    const verifier = createLineVerifier(keys)
    const moved = { ...JSON.parse(lines[3] ?? ''), index: 4 }
    assert.throws(() => verifier.verify({ number: 1, text: JSON.stringify(moved) }), {
      code: 'RECEIPT_INDEX_DIFFERS',
    })
    for (const text of ['', '{}', 'null', '[]', '{"index":"0","statement":"","receipt":""}', '5']) {
      assert.throws(() => verifier.verify({ number: 2, text }), {
        code: 'RECEIPTS_FILE_BROKEN',
        message: /Line 2/,
      })
    }
  })
})
