import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from '../command.ts'
import { fail } from '../fail.ts'
import { list, object, text } from '../json-schema.ts'
import { referencePages } from '../reference/reference-pages.ts'
import { programVersion } from '../version.ts'

export const command: Command = {
  description:
    'Errors, options, the command line and the OpenAPI document, as this version has them.',
  examples: ['bsn docs', 'bsn docs --check', 'bsn docs --out /tmp/reference'],
  options: {
    out: { type: 'string', value: 'DIR', default: 'docs/reference', summary: 'Folder to write to' },
    check: { type: 'boolean', summary: 'Write nothing; end with 5 where a page would change' },
  },
  output: object({ folder: text, pages: list(text), changed: list(text) }),
  run: async (args, { out, commands }) => {
    const folder = args.value('out')
    const pages = await referencePages(programVersion(), commands)
    const changed: string[] = []
    if (!args.has('check')) await mkdir(folder, { recursive: true })
    for (const { name, text: content } of pages) {
      const path = join(folder, name)
      if ((await readFile(path, 'utf8').catch(() => undefined)) === content) continue
      changed.push(name)
      if (!args.has('check')) await writeFile(path, content)
    }
    const document = { folder, pages: pages.map(({ name }) => name), changed }
    out.answer(document, changed.map((name) => join(folder, name)).join('\n'))
    if (!args.has('check') || changed.length === 0) return undefined
    throw fail('REFERENCE_STALE', `${changed.join(', ')} would change.`)
  },
}
