import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '@openbsn/sdk'
import { invalidRow, parseRow } from './row.ts'

const place = { file: 'in', row: 3 }

describe('parseRow', () => {
  it('gives the same text for the same row, however it is spaced', () => {
    const texts = ['{"b":1.50,"a":[ ]}', ' { "b" : 15e-1 , "a" : [] } ']
    const rows = texts.map((text) => parseRow(utf8(text), place))
    assert.deepEqual(
      rows.map(({ number, text }) => [number, text]),
      [
        [3, '{"b":1.5,"a":[]}'],
        [3, '{"b":1.5,"a":[]}'],
      ],
    )
  })

  it('says where the row is, to people and to programs', () => {
    const { message, details } = invalidRow({ ...place, line: 4 }, 'why')
    assert.equal(message, 'in, row 3 (line 4): why')
    assert.deepEqual({ ...details }, { file: 'in', row: 3, line: 4 })
  })
})
