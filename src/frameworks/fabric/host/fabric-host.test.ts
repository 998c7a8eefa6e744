import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { systemClock } from '../../../kernel/clock.ts'
import { testFolder } from '../../../testing/folder.ts'
import { Archives } from '../packages/archives.ts'
import { createFabricHost } from './fabric-host.ts'
import type { HostLedger } from './host-ledger.ts'

const bytes = Buffer.from('a package')
const digest = createHash('sha256').update(bytes).digest('hex')
const refuse = () => Promise.reject(new Error('nothing is registered here'))

const later = Buffer.from('a package whose contract is defined later')
const laterDigest = createHash('sha256').update(later).digest('hex')
/** Digests of the packages that a contract each is defined with. */
const wanted = [digest]

/** A ledger that wants one contract of each of those. */
const ledger: HostLedger = {
  services: () => [
    {
      ...{ service: 'trade', isRunning: true, nodes: ['rome'] },
      ...{ channel: undefined, change: undefined },
      contracts: wanted.map((one) => ({ name: `c-${one}`, package: one, sequence: 1 })),
    },
  ],
  organisation: () => undefined,
  registerOrganisation: refuse,
  openChannel: refuse,
  channel: () => undefined,
  ...{ changeChannel: refuse, signChange: refuse, endChange: refuse },
}

describe('Fabric of a node', () => {
  const folder = testFolder()
  const notices: string[] = []
  const host = createFabricHost(
    { folder: folder.path, host: '127.0.0.1', env: {} },
    {
      ...{ ledger, node: () => 'rome', clock: systemClock, nowMs: () => performance.now() },
      archives: new Archives(folder.file('archives')),
      findPrograms: () => Promise.reject(new CodedError('ENGINE_MISSING', 'fabric is not here')),
      onNotice: ({ text }) => notices.push(text),
      onHosted: () => undefined,
    },
  )
  after(async () => {
    await host.close()
    folder.remove()
  })

  it('says what a service waits for, once', async () => {
    host.touched()
    while (!host.waitsFor('trade')?.includes('ENGINE_MISSING')) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal(host.waitsFor('trade', `c-${digest}`), 'ENGINE_MISSING: fabric is not here')
    assert.deepEqual(notices, ['ENGINE_MISSING: fabric is not here'])
    assert.equal(host.hosted('trade'), undefined)
  })

  it('takes packages that contracts are defined with, and a few at a time', async () => {
    await host.takePackage(digest, Readable.from([bytes]))
    const slow = Array.from({ length: 4 }, () => new PassThrough())
    const taken = slow.map((one) => host.takePackage(digest, one))
    const more = host.takePackage(digest, Readable.from([bytes]))
    await assert.rejects(more, { code: 'PACKAGE_BUSY', retryable: true })
    for (const one of slow) one.end(bytes)
    await Promise.all(taken)
    await host.takePackage(digest, Readable.from([bytes]))
  })

  it('takes one that comes before the block with its contract', async () => {
    const taken = host.takePackage(laterDigest, Readable.from([later]))
    host.touched()
    wanted.push(laterDigest)
    host.touched()
    await taken
  })

  it('refuses what nobody wants: at once where many wait, and where it is closed', async () => {
    const unwanted = (n: number) =>
      host.takePackage(n.toString(16).padStart(64, '0'), Readable.from([bytes]))
    const refused = { code: 'PACKAGE_UNWANTED' }
    const waiting = Array.from({ length: 16 }, (_, n) => assert.rejects(unwanted(n), refused))
    await assert.rejects(unwanted(16), refused)
    await host.close()
    await Promise.all(waiting)
  })
})
