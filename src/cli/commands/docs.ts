import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../command.ts'
import { exitCode } from '../failure.ts'
import { list, object, text } from '../json-schema.ts'
import { type ReferencePage, referencePages } from '../reference/reference-pages.ts'
import { programVersion } from '../version.ts'

export const command: Command = {
  description: 'For those who work on the program: the pages are held equal to the code by a test.',
  examples: ['bsn docs', 'bsn docs --check'],
  options: {
    check: { type: 'boolean', summary: 'Write nothing; end with 1 where a page differs.' },
    out: {
      type: 'string',
      value: 'DIR',
      default: join('docs', 'reference'),
      summary: 'Folder of the pages.',
    },
  },
  output: object({ pages: list(object({ name: text, state: text })) }),
  run: async (args, { out }) => {
    const folder = args.value('out')
    const isCheck = args.has('check')
    const pages = await referencePages(programVersion())
    const states = pages.map((page) => ({ name: page.name, state: stateOf(page, folder) }))
    if (!isCheck) writePages(pages, folder)
    const different = states.filter(({ state }) => state !== 'same')
    out.answer({ pages: states }, states.map(({ name, state }) => `${name}: ${state}`).join('\n'))
    if (!isCheck || different.length === 0) return undefined
    out.note('The pages are printed from the code: run `bsn docs` and commit what it writes.')
    return exitCode.general
  },
}

/** `same`, `missing`, or the first line that differs. */
function stateOf({ name, text: wanted }: ReferencePage, folder: string): string {
  const found = readOrEmpty(join(folder, name))
  if (found === '') return 'missing'
  if (found === wanted) return 'same'
  const lines = found.split('\n')
  const place = wanted.split('\n').findIndex((line, i) => line !== lines[i])
  return `differs from line ${place === -1 ? lines.length : place + 1} on`
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function writePages(pages: readonly ReferencePage[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const { name, text: wanted } of pages) writeFileSync(join(folder, name), wanted)
}
