import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testGateway } from '../../testing/gateway.ts'
import { errorSections } from '../catalogue.ts'
import { commandTable } from '../command-table.ts'
import { programVersion } from '../version.ts'
import { referencePages } from './reference-pages.ts'

const root = join(import.meta.dirname, '../../..')

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .filter((path) => !path.startsWith('testing/'))
    .map((path) => readFileSync(join(root, folder, path), 'utf8'))
}

/** Names in capitals that are no codes of ours: other people's errors, environment variables. */
const foreign = new RegExp(
  '^(FST_ERR_|ERR_|HPE_|EAI_|MDB_|CSV_.*(QUOTE|RECORD)|INVALID_OPENING_QUOTE' +
    '|XDG_|NODE_EXTRA_|SSL_CERT_|NO_COLOR|FORCE_COLOR)',
)

/** Names of the environment that options are also read from. */
async function variables(): Promise<string[]> {
  const commands = await Promise.all(Object.values(commandTable).map(({ load }) => load()))
  const options = commands.flatMap(({ command }) => Object.values(command.options ?? {}))
  return options.flatMap(({ env }) => env ?? [])
}

describe('the catalogue of errors', () => {
  const codes = errorSections.flatMap(({ errors }) => Object.keys(errors))
  const text = [...sources('src'), ...sources('sdk/src')].join('\n')

  it('has each code once', () => {
    assert.deepEqual(codes.toSorted(), [...new Set(codes)].toSorted())
  })

  it('has every code that stands in the source', async () => {
    const code = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'|CodedError\('([A-Z]+)'/g
    const literals = [...text.matchAll(code)].map(([, name, short]) => name ?? short ?? '')
    const known = new Set([...codes, ...(await variables())])
    const unknown = literals.filter((name) => !foreign.test(name) && !known.has(name))
    assert.deepEqual([...new Set(unknown)].toSorted(), [])
  })

  it('has no code that stands nowhere in the source', () => {
    assert.deepEqual(
      codes.filter((code) => !text.includes(`'${code}'`)),
      [],
    )
  })

  it('says what each means and what to do, in sentences', () => {
    for (const [code, { meaning, remedy }] of errorSections.flatMap(({ errors }) =>
      Object.entries(errors),
    )) {
      assert.match(meaning, /\.$/, code)
      assert.match(remedy, /\.$/, code)
    }
  })
})

describe('docs/reference', () => {
  it('is what the code prints', async () => {
    for (const { name, text } of await referencePages(programVersion(), commandTable)) {
      const file = readFileSync(join(root, 'docs/reference', name), 'utf8')
      assert.ok(file === text, `${name} differs from the code: run bsn docs`)
    }
  })

  it('has the API that a gateway serves', async () => {
    const { app } = await testGateway()
    const served = (await app.inject('/api/v1/openapi.json')).json()
    const pages = await referencePages('0.0.0', commandTable)
    const page = pages.find(({ name }) => name === 'openapi.json')
    assert.deepEqual(JSON.parse(page?.text ?? ''), served)
  })
})
