import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shownText } from './shown-text.ts'

it('JSON has a line for each member, and all else is as it is', () => {
  assert.equal(shownText('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}')
  for (const text of ['{"a":', 'plain', '"text"', '12345678901234567890', '']) {
    assert.equal(shownText(text), text)
  }
})
