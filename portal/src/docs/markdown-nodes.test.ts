import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { markdownPage } from './markdown-nodes.ts'

const pageOf = (path: string) => (path === 'docs/operating/keys.md' ? 'keys' : undefined)
const page = (text: string) => markdownPage({ path: 'docs/operating/network.md', text, pageOf })
const nodes = (text: string) => page(text).nodes

describe('markdownPage', () => {
  it('takes the first heading for the title, and gives the others their usual anchors', () => {
    const { title, nodes: rest } = page('# The page\n\n## One `step`\n\n### A_B\n\n## One step\n')
    assert.equal(title, 'The page')
    assert.deepEqual(rest, [
      ['h2', { id: 'one-step' }, 'One ', ['code', 0, 'step']],
      ['h3', { id: 'a_b' }, 'A_B'],
      ['h2', { id: 'one-step-1' }, 'One step'],
    ])
  })

  it('reads what our pages have', () => {
    assert.deepEqual(nodes('*a* **b** `<c>`  \nd'), [
      ['p', 0, ['em', 0, 'a'], ' ', ['strong', 0, 'b'], ' ', ['code', 0, '<c>'], ['br', 0], 'd'],
    ])
    assert.deepEqual(nodes('```sh\nls <x>\n```'), [['pre', { kind: 'sh' }, 'ls <x>']])
    assert.deepEqual(nodes('- a\n- b'), [['ul', 0, ['li', 0, 'a'], ['li', 0, 'b']]])
    assert.deepEqual(nodes('| a |\n| --- |\n| `b` |'), [
      [
        ...(['table', 0] as const),
        ['thead', 0, ['tr', 0, ['th', 0, 'a']]],
        ['tbody', 0, ['tr', 0, ['td', 0, ['code', 0, 'b']]]],
      ],
    ])
  })

  it('leads to pages and places; what leads elsewhere is text', () => {
    assert.deepEqual(nodes('[k](keys.md#new) [h](#here)'), [
      ['p', 0, ['a', { page: 'keys', hash: 'new' }, 'k'], ' ', ['a', { hash: 'here' }, 'h']],
    ])
    const elsewhere = '[a](../adr/0001.md)[b](https://example.org)[c](javascript:alert(1))'
    assert.deepEqual(nodes(elsewhere), [['p', 0, 'a', 'b', 'c']])
    assert.deepEqual(nodes('at http://127.0.0.1:8420.'), [
      ['p', 0, 'at ', 'http://127.0.0.1:8420', '.'],
    ])
  })

  it('lets no HTML and no picture through', () => {
    const html =
      '<script>alert(1)</script>\n\n<!-- walk -->\n\na<b onclick="x">c</b>\n\n![d](e.png)\n'
    assert.deepEqual(nodes(html), [['p', 0, 'a', 'c']])
  })
})
