import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { needs } from '../../../testing/needs.ts'
import { goPackage, packageOf } from '../../../testing/pack-archive.ts'
import { userEnvironment } from '../../../testing/user-engines.ts'
import { openPackageStore } from './package-store.ts'

const tiny = (word: string) => `package main\n\nfunc main() { println("${word}") }\n`

/** A store, and what is left beside what was built. */
function useStore() {
  const folder = testFolder()
  const place = join(folder.path, 'store')
  const open = () => openPackageStore({ folder: place, env: userEnvironment() })
  before(() => {
    mkdirSync(join(place, 'drafts/draft-of-one-that-was-killed'), { recursive: true })
  })
  after(() => folder.remove())
  let uploads = 0
  const upload = async (bytes: Buffer) => folder.file(`${++uploads}.tgz`, bytes)
  const left = () => [readdirSync(join(place, 'drafts')), readdirSync(join(place, 'root'))]
  return { folder, open, upload, left }
}

const never = () => new AbortController().signal

describe('the store of packages', () => {
  const { folder, open, upload, left } = useStore()

  it('builds a package once, also for two at once, and has it afterwards', async (t) => {
    if (!needs(t, 'go')) return
    const archive = await upload(await goPackage(tiny('one')))
    const lines: string[] = []
    const deps = { signal: never(), onLine: (line: string) => lines.push(line) }
    let store = await open()
    const [first, second] = await Promise.all([
      store.publish(archive, deps),
      store.publish(archive, deps),
    ])
    const { folder: _, chance: __, ...told } = first
    assert.deepEqual(first, second)
    assert.deepEqual(
      lines.filter((line) => line.startsWith('[openbsn]')),
      ['[openbsn] Go compiles'],
    )
    assert.deepEqual(readdirSync(first.folder), ['contract'])
    const kind = { name: 'tiny', version: '0.0.0', language: 'go', isVendored: true }
    assert.deepEqual(told.kind, kind)
    assert.deepEqual(left(), [[], []])
    // Another process later, and another city node.
    store = await open()
    assert.deepEqual(await store.publish(archive, deps), first)
    assert.equal(lines.length, 1)
    const other = await openPackageStore({
      folder: join(folder.path, 'other'),
      env: userEnvironment(),
    })
    const same = await other.publish(archive, { signal: never() })
    assert.equal(same.digest, first.digest)
    // One that is not whole any more is built again.
    writeFileSync(join(first.folder, 'contract'), 'x')
    assert.equal(await store.find(first.archive), undefined)
    assert.deepEqual(await store.publish(archive, deps), first)
    assert.equal(lines.length, 2)
    await store.remove(first.archive)
    assert.equal(await store.find(first.archive), undefined)
  })

  it('leaves nothing of what could not be built, and says in which step it failed', async (t) => {
    if (!needs(t, 'go')) return
    const store = await open()
    const wrong = await upload(await goPackage('package main\n\nfunc main() { undefined() }\n'))
    const failed = { code: 'PACKAGE_BUILD_FAILED', message: /while Go compiles[\s\S]*undefined/ }
    await assert.rejects(store.publish(wrong, { signal: never() }), failed)
    const archive = await upload(await goPackage(tiny('two')))
    const stopping = new AbortController()
    const onLine = () => setTimeout(() => stopping.abort(), 100)
    await assert.rejects(store.publish(archive, { signal: stopping.signal, onLine }), {
      code: 'PACKAGE_BUILD_STOPPED',
      retryable: true,
    })
    assert.deepEqual(left(), [[], []])
    await store.publish(archive, { signal: never() })
    await assert.rejects(store.publish(await upload(Buffer.from('x')), { signal: never() }), {
      code: 'PACKAGE_UNREADABLE',
    })
    assert.deepEqual(left(), [[], []])
  })
})

describe('the tools of the store of packages', () => {
  const { folder, open, upload } = useStore()

  it('reach registries alone, and it is said what else was asked for', async () => {
    const name = 'fabric-shim'
    const manifest = { name: 'tiny', version: '1.0.0', dependencies: { [name]: '2.5.8' } }
    const resolved = 'https://elsewhere.example/fabric-shim.tgz'
    const packages = { '': manifest, [`node_modules/${name}`]: { version: '2.5.8', resolved } }
    const archive = await upload(
      await packageOf({
        'package.json': JSON.stringify(manifest),
        'package-lock.json': JSON.stringify({ ...manifest, lockfileVersion: 3, packages }),
      }),
    )
    const store = await open()
    await assert.rejects(store.publish(archive, { signal: never() }), {
      code: 'PACKAGE_BUILD_FAILED',
      message: /while npm fetches[\s\S]*may not be reached: elsewhere.example:443/,
    })
  })

  it('are named where a node has not got them', async () => {
    const env = { PATH: folder.path }
    const poor = await openPackageStore({ folder: join(folder.path, 'poor'), env })
    const archive = await upload(await goPackage(tiny('three')))
    await assert.rejects(poor.publish(archive, { signal: never() }), {
      code: 'PACKAGE_TOOL_MISSING',
      message: /cannot run go/,
    })
  })
})
