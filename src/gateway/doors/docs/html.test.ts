import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html, prose } from './html.ts'

describe('html', () => {
  it('escapes what is put in, but not what is HTML already', () => {
    const inner = html`<b>${'<script>"&\''}</b>`
    assert.equal(html`<p>${inner}${[inner]}${1}</p>`.text.match(/<b>/g)?.length, 2)
    assert.equal(inner.text, '<b>&lt;script&gt;&quot;&amp;&#39;</b>')
  })
})

describe('prose', () => {
  it('shows backticks as code and asterisks as emphasis', () => {
    assert.equal(prose('a `<b>` *c*').text, 'a <code>&lt;b&gt;</code> <em>c</em>')
    assert.equal(prose('2 * 3 `').text, '2 * 3 `')
  })
})
