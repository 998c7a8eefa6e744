import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, isCodedError } from '@openbsn/sdk'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { memoryOf } from '../network/process-figures.ts'
import { startServer } from '../network/server.ts'
import { processesUnder } from '../nodes/processes-under.ts'
import { runBsn } from '../nodes/run-bsn.ts'
import { resultOf, rounded } from '../report.ts'
import type { FabricSubject } from './fabric-subject.ts'
import { measureRatio } from './ratio.ts'

const service = 'trade'
/** Idle channels of which the memory is told. */
const idleChannels = 3
const readyMs = 120_000

/** A service of Hyperledger Fabric as a city node runs it, in its sandbox. */
export async function runFabric(context: BenchContext): Promise<void> {
  const { bsn } = context.options
  for (const engine of ['fabric', 'fabric-ca']) await runBsn(bsn, ['engine', 'install', engine])
  const home = join(context.folder, 'network')
  const server = await startServer(bsn, home)
  while (!readFileSync(join(home, 'profile.json'), 'utf8').includes('"sandbox"')) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  context.say('a service of Fabric is published')
  const startMs = performance.now()
  const subject = await publish(context, { server, service })
  await firstWrite(subject)
  const seconds = (performance.now() - startMs) / 1000
  if (wants(context, 'fabric.publish')) {
    context.add(
      resultOf('fabric.publish', seconds, {
        from: 'the command that creates the service, on a node that never ran Fabric',
        to: 'its first transaction is in a block and answered',
        'in it': 'certificates, peer, orderer, channel, contract, credential',
        engine: 'built before',
        contract: 'the preset key-value',
      }),
    )
  }
  if (wants(context, 'fabric.direct', 'fabric.gateway', 'fabric.ratio', 'fabric.p50.ratio')) {
    await measureRatio(context, subject)
  }
  if (wants(context, 'fabric.idle.mb')) await measureIdle(context, subject)
  await server.stop()
}

type Place = Pick<FabricSubject, 'server' | 'service'>

/** The service, its contract, and a credential for it. */
async function publish({ options, folder }: BenchContext, place: Place): Promise<FabricSubject> {
  const { server, service: name } = place
  const at = ['--home', server.home, '--sandbox']
  const kind = ['--framework', 'fabric', '--key-mode', 'key-trust']
  await runBsn(options.bsn, ['service', 'create', name, ...kind, ...at])
  const preset = ['--package', 'preset:key-value', '--service', name]
  await runBsn(options.bsn, ['contract', 'define', 'books', ...preset, ...at])
  const out = join(folder, `${name}.credential`)
  const what = ['--service', name, '--api-key', '--label', 'bench', '--out', out]
  await runBsn(options.bsn, ['credential', 'create', ...what, '--per-second', '1000000', ...at])
  const { apiKey, ledger } = JSON.parse(readFileSync(out, 'utf8'))
  return { ...place, apiKey, ledger, contract: 'books' }
}

/** Writes as soon as the node can. @throws what it says at last */
async function firstWrite({ server, service: name, apiKey, ledger, contract }: FabricSubject) {
  const gateways = [{ url: server.gateway, operator: 'admin' }]
  const key = { key: apiKey, operators: ['admin'] }
  const contracts = createClient({ gateways, ledger, apiKey: key, attemptsMax: 1 }).contracts(name)
  const pair = JSON.stringify({ baseKey: 'first', baseValue: '1' })
  const untilMs = performance.now() + readyMs
  for (;;) {
    try {
      const request = { idempotencyKey: randomUUID() }
      return await contracts.send(contract, 'set', [pair], request)
    } catch (error) {
      const isEarly = isCodedError(error) && /CALL_NOT_SENT|CONTRACT_UNKNOWN/.test(error.code)
      if (!isEarly || performance.now() > untilMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** fabric.idle.mb: what one channel more takes, of all programs of the node together. */
async function measureIdle(context: BenchContext, { server }: FabricSubject): Promise<void> {
  const restMs = Math.min(5000, lengthsOf(context.options).warmup * 2000)
  const rest = () => new Promise((resolve) => setTimeout(resolve, restMs))
  await rest()
  const before = megabytesOf(server.pid)
  for (let i = 0; i < idleChannels; i++) {
    context.say(`an idle channel, ${i + 1} of ${idleChannels}`)
    await firstWrite(await publish(context, { server, service: `idle-${i}` }))
  }
  await rest()
  const after = megabytesOf(server.pid)
  if (!Number.isFinite(after - before)) {
    context.miss('fabric.idle.mb', 'the system does not tell the memory of processes')
    return
  }
  // Garbage that was there before may be gone.
  const each = Math.max(0.1, (after - before) / idleChannels)
  context.add(
    resultOf('fabric.idle.mb', each, {
      ...{ channels: idleChannels, 'transactions on each': 1 },
      'of all programs, MB': rounded(after),
      'of which': 'node, peer, orderer and contracts; memory of their own, no pages of files',
    }),
  )
}

function megabytesOf(pid: number): number {
  const all = [pid, ...processesUnder(pid)]
  return all.reduce((sum, one) => sum + (memoryOf(one)?.anonymous ?? Number.NaN), 0)
}
