import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { searchDocs } from './docs-search.ts'

const sections = [
  { page: 'cli', title: 'bsn record put', id: 'bsn-record-put', words: 'bsn record put file rows' },
  { page: 'errors', title: 'Errors', words: 'errors code problem record' },
  {
    ...{ page: 'errors', title: 'ENTRY_NOT_FOUND', id: 'entry_not_found' },
    words: 'entry_not_found entry not found record there is no such',
  },
  { page: 'api', title: 'record', id: 'record', words: 'record' },
]
const ids = (text: string) =>
  searchDocs(sections, text).map(({ page, id }) => `${page}#${id ?? ''}`)

describe('searchDocs', () => {
  it('finds what has every word, as words begin', () => {
    assert.deepEqual(ids('entry_not'), ['errors#entry_not_found'])
    assert.deepEqual(ids('FOUND entry'), ['errors#entry_not_found'])
    assert.deepEqual(ids('rec fil'), ['cli#bsn-record-put'])
    assert.deepEqual(ids('--file'), ['cli#bsn-record-put'])
    assert.deepEqual(ids('ecord'), [])
    assert.deepEqual(ids('  '), [])
  })

  it('shows first what is called so', () => {
    assert.deepEqual(ids('record'), [
      ...['api#record', 'cli#bsn-record-put', 'errors#', 'errors#entry_not_found'],
    ])
  })
})
