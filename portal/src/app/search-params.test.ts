import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  everyKey,
  logSearch,
  pathParam,
  tableSearch,
  textParam,
  wholeParam,
  wordParam,
} from './search-params.ts'

it('what a URL says is read strictly', () => {
  const search = { a: 'x', n: 7, m: '12', bad: -1, half: 1.5, list: ['x'], empty: '', tab: 'own' }
  assert.deepEqual([textParam(search, 'a'), textParam(search, 'n')], ['x', '7'])
  for (const name of ['list', 'empty', 'absent']) assert.equal(textParam(search, name), undefined)
  assert.equal(textParam({ a: 'x'.repeat(513) }, 'a'), undefined)
  assert.deepEqual([wholeParam(search, 'n'), wholeParam(search, 'm')], [7, 12])
  for (const name of ['bad', 'half', 'a', 'empty']) {
    assert.equal(wholeParam(search, name), undefined)
  }
  assert.equal(wordParam(search, 'tab', ['own', 'all']), 'own')
  assert.equal(wordParam(search, 'tab', ['all']), undefined)
  assert.equal(pathParam({ back: '/account?x=1' }, 'back'), '/account?x=1')
  for (const back of ['//evil.example', '/\\evil.example', 'https://evil.example', 'account']) {
    assert.equal(pathParam({ back }, 'back'), undefined)
  }
  // What is refused must overwrite what the URL says, and not merely be left out.
  assert.deepEqual(everyKey({ a: undefined, b: 1 }), { a: undefined, b: 1 })
  assert.deepEqual(tableSearch({ sort: true, filter: ['x'] }), {
    sort: undefined,
    filter: undefined,
  })
})

it('filters of a log are such as the log takes, or none', () => {
  const good = { status: '4xx', method: 'POST', code: 'X_Y', within: '1h', request: 7, id: 'a' }
  const none = { credential: undefined, path: undefined }
  assert.deepEqual(logSearch(good), { ...good, ...none })
  const bad = { status: '4x', method: 'post', code: 'x'.repeat(65), within: '2h', request: -1 }
  assert.ok(Object.values(logSearch(bad)).every((value) => value === undefined))
  assert.equal(logSearch({ status: 404 }).status, '404')
})
