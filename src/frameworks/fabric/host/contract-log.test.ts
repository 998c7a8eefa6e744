import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { engineLogPath } from '../../../engines/engine-folder.ts'
import { testFolder } from '../../../testing/folder.ts'
import { contractFolder, readContractLog } from './contract-log.ts'

const refused = { code: 'CONTRACT_LOG_REFUSED' }

/** A node with services and the packages of their contracts, and lines that one has printed. */
function node(t: TestContext, services: Readonly<Record<string, Record<string, string>>>) {
  const { path: folder, remove } = testFolder()
  t.after(remove)
  const ledger = {
    services: () =>
      Object.entries(services).map(([service, contracts]) => ({
        service,
        contracts: Object.entries(contracts).map(([name, made]) => ({ name, package: made })),
      })) as never,
  }
  return {
    print: (made: string, lines: readonly string[]) => {
      const place = contractFolder(folder, made)
      mkdirSync(place, { recursive: true })
      writeFileSync(engineLogPath(place), lines.map((line) => `${line}\n`).join(''))
    },
    log: (service: string, contract: string, linesMax = 3) =>
      readContractLog(folder, { service, contract, linesMax }, ledger),
  }
}

describe('the log of a contract', () => {
  it('has its newest lines, and says whether there are more', async (t) => {
    const { print, log } = node(t, { trade: { assets: 'aa' } })
    assert.deepEqual(await log('trade', 'assets'), { lines: [], isCut: false })
    print('aa', ['1', '2', '3'])
    assert.deepEqual(await log('trade', 'assets'), { lines: ['1', '2', '3'], isCut: false })
    const many = Array.from({ length: 100 }, (_, i) => String(i))
    print('aa', many)
    assert.deepEqual(await log('trade', 'assets'), { lines: ['97', '98', '99'], isCut: true })
    assert.deepEqual(await log('trade', 'assets', 100), { lines: many, isCut: false })
    print('aa', ['\u001b[32minfo\u001b[39m up'])
    assert.deepEqual((await log('trade', 'assets'))?.lines, ['info up'])
    print('aa', ['x'.repeat(10_000)])
    assert.equal((await log('trade', 'assets'))?.lines[0]?.length, 2000)
  })

  it('is that of the service alone', async (t) => {
    const { print, log } = node(t, {
      trade: { assets: 'aa', books: 'preset:key-value', shared: 'bb' },
      bank: { accounts: 'bb', own: 'cc' },
    })
    for (const made of ['aa', 'bb', 'cc', 'preset:key-value']) print(made, [made])
    assert.deepEqual((await log('trade', 'assets'))?.lines, ['aa'])
    await assert.rejects(log('trade', 'books'), refused)
    await assert.rejects(log('trade', 'shared'), refused)
    await assert.rejects(log('bank', 'accounts'), refused)
    assert.deepEqual((await log('bank', 'own'))?.lines, ['cc'])
  })

  it('is none where the node has no such contract', async (t) => {
    const { log } = node(t, { trade: { assets: 'aa' } })
    assert.equal(await log('trade', 'other'), undefined)
    assert.equal(await log('nowhere', 'assets'), undefined)
  })
})
