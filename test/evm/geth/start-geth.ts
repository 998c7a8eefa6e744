import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { installEngine } from '../../../src/engines/install-engine.ts'
import type { GoRecipe } from '../../../src/engines/recipes.ts'
import { until } from '../../../src/testing/engine-program.ts'
import { freePorts } from '../../../src/testing/free-ports.ts'
import { userEngineCache, userEnvironment } from '../../../src/testing/user-engines.ts'
import { scratchFolder } from '../../cli/bsn.ts'
import { askEngine } from '../evm-world.ts'

/** Nothing that OpenBSN runs: it stands for the chains of others that the door is pointed at. */
const recipe: GoRecipe = {
  from: 'go',
  name: 'geth',
  version: '1.17.10',
  about: 'a chain of others',
  folder: import.meta.dirname,
  packages: ['github.com/ethereum/go-ethereum/cmd/geth'],
  program: 'geth',
  goVersionMin: '1.24',
  versionArgs: ['--version'],
  versionPattern: /^geth version (1\.17\.\d+)/m,
}

/** Of a chain that geth makes for developers. */
export const gethChainId = 1337

/** A chain of geth with one node, which makes a block of each transaction that comes. */
export async function startGeth(t: TestContext) {
  const signal = AbortSignal.timeout(1_500_000)
  const cache = userEngineCache()
  const options = { recipe, cache, env: userEnvironment() }
  const { path } = await installEngine(options, { signal, onProgress: () => undefined })
  const folder = scratchFolder(t)
  mkdirSync(join(folder, 'data'))
  const [port = 0, wsPort = 0] = await freePorts(2)
  const args = [
    ...['--dev', '--datadir', join(folder, 'data'), '--ipcpath', join(folder, 'ipc')],
    ...['--http', '--http.port', String(port), '--ws', '--ws.port', String(wsPort)],
    ...['--nodiscover', '--port', '0', '--cache', '64', '--verbosity', '1'],
  ]
  const child = spawn(path, args, { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const ask = async (method: string, params: unknown[] = []) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    return JSON.parse(await askEngine(folder, body))
  }
  const isThere = () => ask('eth_chainId').then(Boolean, () => false)
  await until('geth is there', isThere, 30_000)
  const [owner] = (await ask('eth_accounts')).result
  /** Ether of the account that the chain was made with. */
  const fund = async (to: string) => {
    const params = [{ from: owner, to, value: '0x56bc75e2d63100000' }]
    const { result } = await ask('eth_sendTransaction', params)
    await until('it has money', async () => {
      const { result: receipt } = await ask('eth_getTransactionReceipt', [result])
      return receipt?.status === '0x1'
    })
  }
  const place = `127.0.0.1:${port}`
  return { folder, url: `http://${place}`, ws: `ws://127.0.0.1:${wsPort}`, fund }
}
