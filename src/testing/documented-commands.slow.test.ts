import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { documentedCommands, wrongCommands } from './documented-commands.ts'

const root = join(import.meta.dirname, '../..')
const pages = globSync(['*.md', '{docs,examples}/**/*.md', 'sdk/*.md'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
}).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

describe('commands in pages', () => {
  it('are found in blocks and in running text, up to where a command ends', () => {
    const text = [
      'Type `bsn node leave NAME`, or `openbsn` to no end:',
      '',
      '    bsn record put --service x - < rows.csv',
      '',
      '```console',
      'rome$ bin/bsn node promote berlin   # now',
      'berlin signs blocks; bsn is a program',
      '$ me=$(bsn contract account --credential "a b") | cat',
      '$ bsn alliance propose rules …',
      '```',
    ].join('\n')
    const found = documentedCommands(text).map(({ words, isWhole }) => [words.join(' '), isWhole])
    assert.deepEqual(found, [
      ['node leave NAME', false],
      ['record put --service x -', true],
      ['node promote berlin', true],
      ['contract account --credential a b', true],
      ['alliance propose rules', false],
    ])
  })

  it('are objected to where there is no such command, option or operand', async () => {
    const wrong = [
      '`bsn node leav NAME`',
      '`bsn node join URL --tokenfile F`',
      '`bsn node leave NAME OTHER`',
      '`bsn alliance propose anarchy`',
      '    bsn node join URL',
    ]
    for (const text of wrong) {
      assert.equal((await wrongCommands([{ path: 'x.md', text }])).length, 1, text)
    }
    assert.deepEqual(await wrongCommands([{ path: 'x.md', text: '`bsn node join`' }]), [])
  })

  it('exist, with their options, on every page', async () => {
    const count = pages.flatMap(({ text }) => documentedCommands(text)).length
    assert.ok(count > 300, `${count} commands`)
    assert.deepEqual(await wrongCommands(pages), [])
  })
})
