import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { toBase64url, utf8 } from '@openbsn/sdk'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { openReceiptsFile, type ReceiptLine } from './receipts-file.ts'
import { rowActId, rowStatement } from './row-statement.ts'

const input = { name: 'in', sha256: new Uint8Array(32) }
const scope = { ledger: 'bsn1aa', service: 'flights', credential: 'cred_1' }
const context = {
  ...scope,
  signer: namedSigner('cred_1'),
  clock: { nowSeconds: () => 1_700_000_000 },
  keyField: undefined,
}

async function line(row: number): Promise<ReceiptLine> {
  const statement = await rowStatement({ number: row, value: null, text: 'null' }, input, context)
  return { index: 100 + row, statement: toBase64url(statement), receipt: toBase64url(utf8('r')) }
}

const textOf = async (...rows: number[]) =>
  (await Promise.all(rows.map(line))).map((one) => `${JSON.stringify(one)}\n`).join('')

/** Which of rows 1 to `rows` count as done; then the file takes the others. */
async function resumeFile(path: string, rows: number, of: typeof scope) {
  const file = await openReceiptsFile(path, of)
  try {
    const done: number[] = []
    for (let row = 1; row <= rows; row++) {
      const later = () => Array.from({ length: rows - row }, (_, i) => rowActId(input, row + 1 + i))
      if (await file.isDone(rowActId(input, row), later)) done.push(row)
      else await file.append([await line(row)])
    }
    await file.endOfRows()
    return done
  } finally {
    await file.close()
  }
}

describe('receipts file', () => {
  let folder = testFolder()
  let path = ''
  beforeEach(() => {
    folder = testFolder()
    path = folder.file('out.ndjson')
  })
  afterEach(() => folder.remove())

  const resume = (rows: number, other: Partial<typeof scope> = {}) =>
    resumeFile(path, rows, { ...scope, ...other })

  it('is made, and then found complete', async () => {
    assert.deepEqual(await resume(3), [])
    assert.equal(readFileSync(path, 'utf8'), await textOf(1, 2, 3))
    assert.deepEqual(await resume(3), [1, 2, 3])
    assert.equal(readFileSync(path, 'utf8'), await textOf(1, 2, 3))
  })

  it('goes on after the last complete line, wherever it was torn', async () => {
    const whole = await textOf(1, 2, 3)
    const first = (await textOf(1)).length
    for (const cut of [0, 1, 8, first - 1, first, first + 1, first + 30, whole.length - 1]) {
      writeFileSync(path, whole.slice(0, cut))
      const complete = whole.slice(0, cut).split('\n').length - 1
      assert.deepEqual(await resume(3), [1, 2, 3].slice(0, complete), `cut at ${cut}`)
      assert.equal(readFileSync(path, 'utf8'), whole, `cut at ${cut}`)
    }
  })

  it('makes lines anew from the first row that was refused', async () => {
    writeFileSync(path, await textOf(1, 3, 4))
    assert.deepEqual(await resume(4), [1])
    assert.equal(readFileSync(path, 'utf8'), await textOf(1, 2, 3, 4))
    writeFileSync(path, await textOf(2))
    assert.deepEqual(await resume(2), [])
    assert.equal(readFileSync(path, 'utf8'), await textOf(1, 2))
  })

  it('leaves a file of other input, ledger, service or credential as it is', async () => {
    const before = await textOf(1, 2, 3)
    writeFileSync(path, before)
    const refused = { code: 'RECEIPTS_OF_OTHER_INPUT' }
    await assert.rejects(resume(2), {
      ...refused,
      message: /more receipts than the input has rows/,
    })
    await assert.rejects(resume(3, { ledger: 'bsn1bb' }), { ...refused, message: /ledger bsn1aa/ })
    await assert.rejects(resume(3, { service: 'x' }), { ...refused, message: /service flights/ })
    await assert.rejects(resume(3, { credential: 'x' }), { ...refused, message: /cred_1/ })
    writeFileSync(path, await textOf(9))
    await assert.rejects(resume(3), { ...refused, message: /another input/ })
    assert.equal(readFileSync(path, 'utf8'), await textOf(9))
  })

  it('leaves a file that holds something else as it is', async () => {
    const broken = { code: 'RECEIPTS_FILE_BROKEN' }
    for (const text of [
      'precious',
      'precious\n',
      '{"index":1}\n',
      '\n',
      '{"index":1,"statement":"!"}\n',
    ]) {
      writeFileSync(path, text)
      await assert.rejects(resume(3), { ...broken, message: /line 1/ }, text)
      assert.equal(readFileSync(path, 'utf8'), text)
    }
    writeFileSync(path, await textOf(1))
    appendFileSync(path, `damaged\n${await textOf(3)}`)
    await assert.rejects(resume(3), { ...broken, message: /line 2/ })
  })
})
