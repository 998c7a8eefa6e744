import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  checkContentType,
  checkFilterKey,
  checkReceiver,
  filterOf,
  hostOf,
} from './webhook-checks.ts'

it('a receiver is an address of the web, and filters are as long as keys can be', () => {
  const urls = [
    ...['https://example.org/hook', ' http://127.0.0.1:9/ ', '', 'example.org', 'ftp://x'],
    ...['javascript:alert(1)', `https://x/${'a'.repeat(2048)}`],
  ]
  assert.deepEqual(
    urls.map((one) => checkReceiver(one)?.what),
    [undefined, undefined, 'empty', 'url', 'url', 'url', 'long'],
  )
  assert.equal(checkFilterKey('é'.repeat(300))?.what, 'long')
  assert.equal(checkFilterKey(''), undefined)
  assert.equal(checkContentType('x'.repeat(256))?.what, 'long')
})

it('what is empty is no filter', () => {
  assert.deepEqual(filterOf({ key: ' a ', contentType: ' ' }), { key: 'a' })
  assert.equal(hostOf('https://example.org:8443/x?y=1'), 'example.org:8443')
})
