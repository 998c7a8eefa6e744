import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bsn, program } from './bsn.ts'

const textOf = (page: string) =>
  readFileSync(join(import.meta.dirname, '../../docs/operating', page), 'utf8')

/** What a page of docs/operating has people type in its console blocks, for one shell. */
export function scriptOf(page: string): string {
  const blocks = [...textOf(page).matchAll(/```console\n([\s\S]*?)```/g)]
  const lines = blocks.flatMap(([, block = '']) => block.match(/^\$ .*$/gm) ?? [])
  assert.ok(lines.length > 0, `${page} has commands`)
  return ['set -e', ...lines.map((line) => line.slice(2))].join('\n')
}

/** The lines of `bsn` that a part of a page of docs/operating has in its blocks, in order. */
export function linesOf(page: string, part: string): string[] {
  const own =
    textOf(page)
      .split(/^## /m)
      .find((one) => one.startsWith(part)) ?? ''
  const lines = [...own.matchAll(/^ {4}(bsn .*)$/gm)].map(([, line = '']) => line)
  assert.ok(lines.length > 0, `${page} has commands under ${part}`)
  return lines
}

export type Typing = {
  /** Where files without a path are. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** What stands here for names of the page. */
  readonly values: ReadonlyMap<string, string>
}

/** Types a line or script of a page in a shell; it must end well. Returns what was printed. */
export async function typeLine(line: string, { folder, env, values }: Typing): Promise<string> {
  let typed = line
  for (const [name, value] of values) typed = typed.replaceAll(name, value)
  const path = `${dirname(program)}:${process.env.PATH}`
  const shell = { program: '/bin/sh', env: { ...env, PATH: path } }
  const { code, stdout, stderr } = await bsn(['-c', `cd ${folder}\n${typed}`], shell)
  assert.equal(code, 0, `${typed}\n${stderr}`)
  return stdout.trim()
}
