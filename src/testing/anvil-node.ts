import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { lookup } from 'node:dns'
import type { TestContext } from 'node:test'
import { findEngine } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import { createExternalChains } from '../frameworks/evm/external/external-chains.ts'
import { testFolder } from './folder.ts'

/** A real anvil at a free port of loopback, which makes a block when it is told to. */
export async function startAnvil(t: TestContext, ...args: readonly string[]) {
  const { path: folder, remove } = testFolder()
  const { path } = await findEngine({ recipe: recipeOf('anvil'), cache: folder })
  const all = ['--port', '0', '--no-mining', '--chain-id', '4242', ...args]
  const child = spawn(path, all, { cwd: folder, env: { HOME: folder } })
  t.after(() => {
    child.kill('SIGKILL')
    remove()
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (/Listening on [\d.]+:\d+/.test(said)) break
  }
  child.stdout.resume()
  const url = `http://${/Listening on ([\d.]+:\d+)/.exec(said)?.[1] ?? assert.fail(said)}`
  const ask = async (method: string, ...params: unknown[]) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const answer = await (await fetch(url, { method: 'POST', headers, body })).json()
    assert.ok('result' in answer, JSON.stringify(answer))
    return answer.result
  }
  return { url, ask, chainId: 4242 }
}

/** Such an anvil as a chain of others. */
export function externalChainAt(
  t: TestContext,
  { url, chainId, finalDepth }: { url: string; chainId: number; finalDepth: number },
) {
  const coin = { chainId, finalDepth, upstreams: [{ url }] }
  const chains = createExternalChains(
    { chains: { coin }, lookMs: 50 },
    {
      ...{ isEvm: () => true, lookup, publicLookup: lookup },
      ...{ nowMs: () => performance.now(), onNotice: () => undefined },
    },
  )
  t.after(() => chains.close())
  return chains.of('coin') ?? assert.fail('no chain')
}
