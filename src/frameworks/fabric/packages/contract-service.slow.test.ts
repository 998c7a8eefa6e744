import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { connect } from 'node:http2'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { systemClock } from '../../../kernel/clock.ts'
import { filesOfPackage } from '../../../testing/contract-package-files.ts'
import { testFolder } from '../../../testing/folder.ts'
import { freePorts } from '../../../testing/free-ports.ts'
import { needs } from '../../../testing/needs.ts'
import { type ContractServiceOptions, createContractService } from './contract-service.ts'
import { type Enclosure, findEnclosure, limitsOnly } from './enclosure.ts'

const within = () => AbortSignal.timeout(30_000)
const sockets = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bsn-contract-'))

/** A program that is kept in, and what becomes of it. */
async function withService(
  { enclosure, main = 'main.js' }: { readonly enclosure?: Enclosure; readonly main?: string },
  run: (made: ReturnType<typeof createContractService>, port: number, states: string[]) => unknown,
  more: Partial<ContractServiceOptions> = {},
): Promise<void> {
  const folder = testFolder()
  try {
    const [root, contract, own] = ['root', 'contract', 'own'].map((name) => {
      const path = join(folder.path, name)
      mkdirSync(path)
      return path
    }) as [string, string, string]
    for (const [name, source] of Object.entries(filesOfPackage('hello'))) {
      folder.file(`contract/${name}`, source, 0o644)
    }
    const named = { name: 'hello', version: '1.0.0' }
    const style = { language: 'node', style: 'shim', main, isTypeScript: false } as const
    const artefact = { folder: contract, kind: { ...named, ...style } }
    const [port = 0] = await freePorts(1)
    const states: string[] = []
    const kept = enclosure ?? (await findEnclosure(root))
    const service = createContractService(
      { name: 'hello', artefact, port, packageId: 'hello:1', folder: own, ...more },
      { clock: systemClock, enclosure: kept, onChange: ({ state }) => states.push(state) },
    )
    await run(service, port, states)
    await service.stop()
  } finally {
    folder.remove()
  }
}

/** What is answered at a port to a request for a path. */
async function ask(port: number, path: string): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    session.on('error', () => undefined)
    const request = session.request({ ':path': path })
    request.setTimeout(5000, () => request.destroy(new RangeError('no answer')))
    return await text(request)
  } finally {
    session.destroy()
  }
}

describe('a contract that is kept in', () => {
  it('answers at its port until it is stopped, and its words are kept', async (t) => {
    if (!needs(t, 'linux')) return
    for (const enclosure of [undefined, limitsOnly]) {
      const before = sockets()
      await withService(enclosure ? { enclosure } : {}, async (service, port) => {
        await service.start(within())
        assert.equal(await ask(port, '/'), 'hello')
        assert.equal(service.state, 'healthy')
        const lines = []
        for await (const line of service.log()) lines.push(line)
        assert.ok(lines.includes('it listens'), lines.join('\n'))
        await service.stop()
        await assert.rejects(ask(port, '/'))
        assert.deepEqual(sockets(), before)
      })
    }
  })

  it('is started again where it no longer answers, although its port is open', async (t) => {
    if (!needs(t, 'linux')) return
    const run = async (
      service: ReturnType<typeof createContractService>,
      port: number,
      states: readonly string[],
    ) => {
      await service.start(within())
      await assert.rejects(ask(port, '/hang'))
      for (const until = performance.now() + 60_000; performance.now() < until; ) {
        if (states.includes('waiting') && states.at(-1) === 'healthy') break
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      assert.equal(await ask(port, '/'), 'hello', states.join())
    }
    await withService({}, run, { silentMsMax: 500 })
  })

  it('leaves nothing where it does not come up, and says what it said', async (t) => {
    if (!needs(t, 'linux')) return
    const before = sockets()
    await withService({ main: 'ends.js' }, async (service) => {
      const refused = { code: 'CONTRACT_NOT_STARTED', message: /it has nothing to do/ }
      await assert.rejects(service.start(within()), refused)
      assert.equal(service.state, 'stopped')
    })
    await withService({}, async (service, port) => {
      const other = createServer()
      await once(other.listen(port, '127.0.0.1'), 'listening')
      await assert.rejects(service.start(within()), { code: 'ENGINE_PORT_IN_USE' })
      other.close()
      await service.start(within())
    })
    assert.deepEqual(sockets(), before)
  })
})
