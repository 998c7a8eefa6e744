import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { HDNodeWallet } from 'ethers'
import { testPrng } from '../../src/testing/seed.ts'
import { scratchFolder, startNetwork, stopInOrder } from '../cli/bsn.ts'
import { modules, settings, tokensFile } from './compile-tokens.ts'
import { startEvm } from './evm-world.ts'
import { randomStep, type Step, TokenModel } from './token-model.ts'
import { accounts, type Places, phrase, type Read, readHoldings } from './token-tools.ts'

const run = promisify(execFile)
const hardhat = join(modules, 'hardhat/dist/src/cli.js')
const solcVersion = JSON.parse(readFileSync(join(modules, 'solc/package.json'), 'utf8')).version
const stepsOfPart = 30

type Output = { places: Places; outcomes: { refused?: string }[]; values: (string | null)[] }

/** Whoever wants to go anywhere else than to this machine ends. */
const loopbackOnly = `
import net from 'node:net'
const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  const [{ host = 'localhost', path } = {}] = [args[0]].flat()
  if (path || ['127.0.0.1', 'localhost', '::1'].includes(host)) return connect.apply(this, args)
  process.stderr.write('it wanted to go to ' + host + '\\n')
  process.exit(97)
}
`

/** A project as Hardhat makes one, with the compiler of npm in the place of a download. */
function createProject(t: TestContext, door: { readonly chainId: number }) {
  const folder = scratchFolder(t)
  for (const name of ['contracts', 'scripts', 'home']) mkdirSync(join(folder, name))
  symlinkSync(modules, join(folder, 'node_modules'))
  copyFileSync(tokensFile, join(folder, 'contracts/tokens.sol'))
  copyFileSync(new URL('./hardhat-script.ts', import.meta.url), join(folder, 'scripts/steps.ts'))
  writeFileSync(join(folder, 'package.json'), '{"name":"shop","private":true,"type":"module"}')
  writeFileSync(join(folder, 'loopback-only.mjs'), loopbackOnly)
  const keys = accounts.map((_, i) => {
    return HDNodeWallet.fromPhrase(phrase, undefined, `m/44'/60'/0'/0/${i}`).privateKey
  })
  const path = join(modules, 'solc/soljson.js')
  const configOf = (url: string) => ({
    solidity: { version: solcVersion, path, settings },
    networks: {
      door: { type: 'http', chainType: 'l1', url, chainId: door.chainId, accounts: keys },
    },
  })
  return async (url: string, work: object): Promise<Output> => {
    const config = JSON.stringify(configOf(url), undefined, 2)
    writeFileSync(join(folder, 'hardhat.config.js'), `export default ${config}\n`)
    const file = join(folder, 'work.json')
    writeFileSync(file, JSON.stringify(work))
    const argv = ['--import', join(folder, 'loopback-only.mjs'), hardhat]
    await run(process.execPath, [...argv, 'run', 'scripts/steps.ts', '--network', 'door'], {
      cwd: folder,
      timeout: 120_000,
      env: {
        ...{ PATH: process.env.PATH, HOME: join(folder, 'home'), STEPS_FILE: file },
        ...{ HARDHAT_DISABLE_TELEMETRY: 'true', CI: 'true' },
      },
    }).catch((error) => assert.fail(`${error.stdout}\n${error.stderr}`))
    return JSON.parse(readFileSync(file, 'utf8'))
  }
}

describe('Hardhat at the door', () => {
  it('compiles, deploys and trades at random, and finds all of it after a stop', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const { network, home, does, key } = await startEvm(t)
    const { chainId } = await does('service', 'show', 'coin', '--sandbox')
    const project = createProject(t, { chainId })
    const model = new TokenModel()
    const part = async (address: string, places?: Places): Promise<Places> => {
      const steps: Step[] = Array.from({ length: stepsOfPart }, () => randomStep(prng, accounts))
      const work = { places, steps, reads: await readsOfHoldings() }
      const done = await project(`${address}/api/${key}/coin/rpc`, work)
      const expected = steps.map((step) => model.apply(step))
      const refused = done.outcomes.map((one) => one.refused)
      assert.deepEqual(refused, expected, `seed ${prng.seed}`)
      const values = [...done.values]
      const found = await readHoldings(async () => values.shift() ?? undefined)
      assert.deepEqual(found, model.holdings(), `seed ${prng.seed}`)
      return done.places
    }
    const places = await part(network.address)
    await stopInOrder(network.up)
    const second = await startNetwork(t, home)
    await part(second.address, places)
  })
})

/** What is asked to know who has what, in order. */
async function readsOfHoldings(): Promise<[string, string, readonly string[]][]> {
  const asked: [string, string, readonly string[]][] = []
  const note: Read = async (token, name, args) => {
    asked.push([token, name, args])
  }
  await readHoldings(note)
  return asked
}
