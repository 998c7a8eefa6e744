import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseTilePath } from './tile-path.ts'

it('reads the paths of tlog-tiles', () => {
  assert.deepEqual(parseTilePath('000'), { index: 0, width: 256 })
  assert.deepEqual(parseTilePath('067.p/8'), { index: 67, width: 8 })
  // The example of the specification: tile 1234067.
  assert.deepEqual(parseTilePath('x001/x234/067'), { index: 1_234_067, width: 256 })
  assert.deepEqual(parseTilePath('x001/x234/067.p/255'), { index: 1_234_067, width: 255 })
})

it('refuses every other spelling of the same number, and what is no number', () => {
  for (const path of [
    ...['', '0', '67', '0067', 'x067', '001/067', 'x001/x067', 'x000/067', 'x001/067/', '/067'],
    ...['067.p', '067.p/', '067.p/0', '067.p/08', '067.p/256', '067.p/999', '067.P/8', 'x1/067'],
    ...[`${'x999/'.repeat(5)}999`, `${'x001/'.repeat(100_000)}001`, '٠٦٧', '067\n', '-01'],
  ]) {
    assert.equal(parseTilePath(path), undefined, path.slice(0, 40))
  }
})
