import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { needs } from '../../testing/needs.ts'
import { commandTable } from '../command-table.ts'
import { printManPage } from './man-page.ts'

const macros = ['.TH', '.SH', '.SS', '.PP', '.TP', '.B', '.I', '.nf', '.fi', '.RS', '.RE']

describe('the man page', () => {
  it('has every command and option, in macros of man(7) alone', async () => {
    const page = await printManPage('1.2.3', commandTable)
    for (const line of page.trimEnd().split('\n')) {
      assert.notEqual(line, '', 'an empty line breaks the paragraph')
      assert.ok(!line.startsWith("'"), line)
      if (line.startsWith('.')) assert.ok(macros.includes(line.split(' ')[0] ?? ''), line)
      assert.doesNotMatch(line.replace(/\\(e|-|&|f[BR]|\[u[0-9A-F]{4}\])/g, ''), /\\|`/)
    }
    for (const [name, { load }] of Object.entries(commandTable)) {
      assert.ok(page.includes(`\n.SS bsn ${name.replaceAll('-', '\\-')}\n`), name)
      for (const option of Object.keys((await load()).command.options ?? {})) {
        assert.ok(page.includes(`\n.B \\-\\-${option.replaceAll('-', '\\-')}`), option)
      }
    }
  })

  it('is set by groff without a warning', async (t) => {
    if (!needs(t, 'groff')) return
    const page = await printManPage('1.2.3', commandTable)
    // Plain letters: no colour, no bold by overstriking.
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tascii', '-P-cbou', '-ww'], {
      input: page,
      encoding: 'utf8',
    })
    assert.equal(stderr, '')
    assert.match(stdout, /BSN\(1\)/)
    assert.match(stdout, /OpenBSN 1\.2\.3/)
    assert.match(stdout, /--home DIR/)
  })
})
