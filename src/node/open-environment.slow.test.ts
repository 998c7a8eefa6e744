import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { Buckets } from '../gateway/access/buckets.ts'
import { createDrain } from '../gateway/drain.ts'
import { createLogger } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { checkReadiness } from '../gateway/readiness.ts'
import { createServedLedgers } from '../gateway/served-ledger.ts'
import { assert as claim } from '../kernel/assert.ts'
import type { SequencerParts } from '../ledger/open-ledger.ts'
import { Solo } from '../ledger/sequencers/solo/solo.ts'
import { testFolder } from '../testing/folder.ts'
import { serviceAct } from '../testing/node-home.ts'
import { createHome, homePaths } from './create-home.ts'
import type { OpenNetwork } from './network/open-network.ts'
import { openEnvironment } from './open-environment.ts'

const right = 1_800_000_000
const onFailure = (error: Error) => {
  throw error
}

/** Of a network, as far as a ledger asks for one: blocks have the time of the other nodes. */
function networkAt(nowSeconds: () => number): OpenNetwork {
  const openSequencer = ({ ledger, ...parts }: SequencerParts) => {
    const { signer } = parts
    claim(signer !== undefined, 'the node has its key')
    const clock = { nowSeconds }
    return new Solo({ ledger, groupMs: 0 }, { ...parts, signer, clock, decidesAlone: () => true })
  }
  return { openSequencer, noQuorumSince: () => undefined } as never
}

it('a node of a network whose clock is off says so in its log and to who asks', async (t) => {
  const folder = testFolder()
  const home = join(folder.path, 'home')
  const clock = { now: right, nowSeconds: () => clock.now }
  await createHome({ home, name: 'Test', gateway: 'http://127.0.0.1:1' }, { clock, onFailure })
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const { operatorKey } = homePaths(home)
  const environment = openEnvironment(
    { home, own: home, operatorKey, workers: 1, network: networkAt(() => right) },
    {
      ...{ clock, onFailure, version: '0.1.0', secrets: undefined },
      logger: createLogger({ service: 'bsn', node: 'rome' }, { stream }),
      metrics: createMetrics({ version: '0.1.0', processMetrics: false }),
      buckets: new Buckets({ nowMs: () => 0 }),
    },
  )
  t.after(async () => {
    await environment.close()
    folder.remove()
  })
  const { ledger } = environment
  const ask = async () => {
    const ledgers = createServedLedgers([environment])
    const disk = { diskFreeBytes: async () => 1, diskFreeBytesMin: 0 }
    const checks = await checkReadiness({ ledgers, drain: createDrain(), ...disk })
    return checks.find(({ name }) => name === 'clock')
  }
  const write = async (id: string) => {
    const [outcome] = await ledger.submit([await serviceAct(home, ledger.id, id)])
    assert.equal(outcome?.outcome, 'appended', JSON.stringify(outcome))
  }
  await write('right')
  assert.deepEqual([await ask(), lines], [undefined, []])
  clock.now = right - 30
  await write('late')
  const detail = '30 s behind block time'
  assert.deepEqual(await ask(), { name: 'clock', ok: true, detail, warning: true })
  const [line] = lines
  assert.deepEqual([line?.event, line?.level], ['clock.off', 'warn'])
  assert.match(String(line?.msg), /this clock is 30 s behind block time/)
  clock.now = right
  await write('later')
  await write('again')
  assert.equal(await ask(), undefined)
  assert.equal(lines.at(-1)?.event, 'clock.right')
})
