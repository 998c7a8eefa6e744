import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bsn, scratchFolder } from './bsn.ts'

const root = pathToFileURL(join(import.meta.dirname, '../..')).href

/** Given to Node before the program: writes down what is loaded. */
const hook = `
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    appendFileSync(process.env.LOADED, url + '\\n')
    return next(url, context)
  },
})`

/** What a command line loads: paths of this clone. */
async function loadedBy(t: TestContext, line: string): Promise<string[]> {
  const file = join(scratchFolder(t), 'loaded')
  writeFileSync(file, '')
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`
  // Nothing answers there, and there is no profile.
  const env = { NODE_OPTIONS, LOADED: file, BSN_GATEWAY: 'http://127.0.0.1:9', BSN_HOME: file }
  await bsn(line.split(' '), { env })
  const loaded = readFileSync(file, 'utf8').trim().split('\n')
  assert.ok(loaded.includes(`${root}/src/cli/main.ts`), line)
  return loaded.map((url) => url.replace(`${root}/`, ''))
}

const commandsIn = (loaded: readonly string[]) =>
  loaded.flatMap((path) => /^src\/cli\/commands\/(.*)\.ts$/.exec(path)?.slice(1) ?? [])

/** What makes a node, and the packages that it stands on. */
const ofServer = new RegExp(
  '^src/(node/node|gateway/gateway-app|ledger/open-ledger|storage/store)\\.ts$' +
    '|^node_modules/(fastify|lmdb|pino|prom-client|typebox|viem|solc|ws)/',
)

describe('what a command line loads', () => {
  it('is next to nothing for the version and the list of commands', async (t) => {
    for (const line of ['--version', 'help', 'recrod put']) {
      const loaded = await loadedBy(t, line)
      assert.deepEqual(commandsIn(loaded), [], line)
      const more = loaded.filter((path) => /^(sdk|node_modules|src\/(?!cli|kernel))/.test(path))
      if (line !== 'recrod put') assert.deepEqual(more, [], line)
    }
  })

  it('is the file of that command and of no other, and nothing of the server', async (t) => {
    const ledger = `bsn1${'0'.repeat(40)}`
    for (const [line, ...commands] of [
      ['entry get --help', 'entry-get'],
      [`entry get 0 --ledger ${ledger}`, 'entry-get'],
      ['receipt verify --statement s --receipt r --keys k', 'receipt-verify'],
      ['status', 'status'],
      ['record put --service s --credential c x.csv', 'record-put'],
      ['alliance vote p yes', 'alliance-vote'],
      ['credential create --help', 'credential-create'],
      ['up --help', 'up'],
      ['node start --help', 'node-start', 'up'],
    ] as const) {
      const loaded = await loadedBy(t, line)
      assert.deepEqual(commandsIn(loaded).toSorted(), commands, line)
      assert.deepEqual(
        loaded.filter((path) => ofServer.test(path)),
        [],
        line,
      )
    }
  })

  it('is seen here: a node loads its server', async (t) => {
    const loaded = await loadedBy(t, 'up --tls-cert none --tls-key none')
    assert.ok(loaded.filter((path) => ofServer.test(path)).length > 100)
  })
})
