import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { testFolder } from '../../../testing/folder.ts'
import { type PackedEntry, packageOf, tarOf } from '../../../testing/pack-archive.ts'
import { testPrng } from '../../../testing/seed.ts'
import { type UnpackLimits, unpackPackage, usualLimits } from './unpack-package.ts'

/** All files under a folder, by their paths. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length + 1), readFileSync(path, 'latin1')]
    }),
  )
}

/** A folder for each test, where one archive at a time is unpacked into `out`. */
function useFolder() {
  const world = { folder: testFolder(), out: '' }
  const renew = () => {
    world.folder.remove()
    world.folder = testFolder()
    world.out = join(world.folder.path, 'out')
  }
  beforeEach(renew)
  afterEach(() => world.folder.remove())
  const unpack = (bytes: Uint8Array, limits: Partial<UnpackLimits> = {}) =>
    unpackPackage(world.folder.file('package.tgz', bytes), world.out, { ...usualLimits, ...limits })
  const beside = () => readdirSync(world.folder.path).filter((name) => name !== 'package.tgz')
  const refuses = async (bytes: Uint8Array, code: string, how: Refused = {}) => {
    const { message = /./, limits = {}, label = String(message) } = how
    await assert.rejects(unpack(bytes, limits), { code, message }, label)
    assert.deepEqual(beside(), [], label)
  }
  const refusesEntries = async (entries: PackedEntry[], code: string, message = /./) =>
    refuses(gzipSync(await tarOf(entries)), code, { message })
  return { world, renew, unpack, beside, refuses, refusesEntries }
}

type Refused = { message?: RegExp; limits?: Partial<UnpackLimits>; label?: string }

describe('a package that is unpacked', () => {
  const { world, unpack, refuses, refusesEntries } = useFolder()

  it('has its files, the bits that make programs, and a digest of the archive', async () => {
    const long = `${'deep/'.repeat(30)}${'n'.repeat(150)}.ts`
    const bytes = gzipSync(
      await tarOf([
        { name: './', type: 'directory' },
        { name: './src', type: 'directory' },
        { name: './src/index.ts', content: 'one' },
        { name: 'run.sh', content: '#!', mode: 0o777 },
        { name: long, content: 'long' },
        { name: 'größe.txt', content: '' },
        { name: 'big', content: Buffer.alloc(300_000, 'x') },
      ]),
    )
    const { digest, entries } = await unpack(bytes)
    assert.equal(digest, createHash('sha256').update(bytes).digest('hex'))
    assert.equal(entries, 7)
    const big = 'x'.repeat(300_000)
    const wanted = { 'src/index.ts': 'one', 'run.sh': '#!', [long]: 'long', 'größe.txt': '', big }
    assert.deepEqual(contents(world.out), wanted)
    assert.equal(statSync(join(world.out, 'run.sh')).mode & 0o7777, 0o755)
    assert.equal(statSync(join(world.out, 'src/index.ts')).mode & 0o7777, 0o644)
    await assert.rejects(unpack(bytes), { code: 'EEXIST' })
    assert.deepEqual(Object.keys(contents(world.out)).length, 5)
  })

  it('has no name that leads out of it, or that some system takes for another', async () => {
    const names: [string, RegExp][] = [
      ['../up', /leads out/],
      ['a/../../up', /leads out/],
      ['/etc/passwd', /absolute/],
      ['a\\..\\..\\up', /backslash/],
      ['a\u0000b/c\n', /not seen/],
      ['line\nfeed', /not seen/],
      ['rtl\u202egpj.ts', /not seen/],
      ['x'.repeat(201), /part longer/],
      [`${'x/'.repeat(31)}a/b`, /more than 32 parts/],
      [`${'y'.repeat(190)}/`.repeat(3).concat('z'), /longer than 512/],
      ['./', /no name of a file/],
    ]
    for (const [name, message] of names.filter(([one]) => !one.includes('\u0000'))) {
      const pax = { path: name }
      await refusesEntries([{ name: 'n', pax, type: 'file' }], 'PACKAGE_NAME_REFUSED', message)
    }
    const twice: [string, string, RegExp][] = [
      ['a', 'a', /twice/],
      ['a', './/a', /twice/],
      ['readme', 'README', /case only/],
      ['lib/a', 'LIB/b', /case only/],
      ['ﬁle', 'file', /case only/],
      ['a', 'a/b', /both a file and a folder/],
      ['a/b', 'a', /both a file and a folder/],
    ]
    for (const [first, second, message] of twice) {
      await refusesEntries([{ name: first }, { name: second }], 'PACKAGE_NAME_REFUSED', message)
    }
    // Bytes that are no UTF-8.
    const tar = await tarOf([{ name: 'name-1' }])
    tar[3] = 0xff
    await refuses(gzipSync(mended(tar)), 'PACKAGE_NAME_REFUSED', { message: /not UTF-8/ })
  })

  it('has files and folders, and nothing else', async () => {
    const types = ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const
    for (const type of types) {
      const entry = { name: 'odd', type, linkname: '/etc/passwd' }
      await refusesEntries([entry], 'PACKAGE_ENTRY_REFUSED', new RegExp(`is a ${type}`))
    }
    const tar = await tarOf([{ name: 'odd' }])
    tar[156] = 'S'.charCodeAt(0) // A sparse file of GNU.
    await refuses(gzipSync(mended(tar)), 'PACKAGE_ENTRY_REFUSED', { message: /thing unknown/ })
    // A link first, then a file through it.
    const link = { name: 'dir', type: 'symlink' as const, linkname: '..' }
    await refusesEntries([link, { name: 'dir/up', content: 'x' }], 'PACKAGE_ENTRY_REFUSED')
  })
})

describe('the size of a package', () => {
  const { unpack, refuses } = useFolder()

  it('is not larger than allowed, in any way', async () => {
    const code = 'PACKAGE_TOO_LARGE'
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, 'x']))
    const small = await packageOf(many)
    await refuses(small, code, { message: /19 files/, limits: { entriesMax: 19 } })
    await refuses(small, code, { message: /bytes packed/, limits: { packedBytesMax: 100 } })
    const large = await packageOf({ a: Buffer.alloc(3_000_000) })
    await refuses(large, code, { message: /for each packed/ })
    const bytesMax = { ratioMax: 1e9, unpackedBytesMax: 2_000_000 }
    await refuses(large, code, { message: /2000000 bytes unpacked/, limits: bytesMax })
    await refuses(large, code, { message: /0 ms/, limits: { ratioMax: 1e9, timeoutMs: 0 } })
    // It says that it is huge, and ends.
    const tar = await tarOf([{ name: 'huge' }])
    tar.write('77777777777\0', 124, 'latin1')
    await refuses(gzipSync(mended(tar)), code, { message: /bytes unpacked/ })
    await unpack(small, { entriesMax: 20 })
  })

  it('holds no header in memory that never ends', async () => {
    const tar = await tarOf([{ name: 'a', pax: { comment: 'c'.repeat(2_000_000) } }])
    const noise = Buffer.from(Array.from(tar, (byte, at) => (byte === 99 ? 97 + (at % 23) : byte)))
    const limits = { ratioMax: 1e9 }
    await refuses(gzipSync(noise), 'PACKAGE_UNREADABLE', { message: /without a file/, limits })
  })
})

describe('the bytes of a package', () => {
  const { world, renew, unpack, beside, refuses } = useFolder()

  it('are whole, and nothing but the archive', async () => {
    const code = 'PACKAGE_UNREADABLE'
    const tar = await tarOf([
      { name: 'a', content: 'text' },
      { name: 'b', content: 'more' },
    ])
    const packed = gzipSync(tar)
    const cases: Record<string, Uint8Array> = {
      empty: Buffer.alloc(0),
      'not packed': tar,
      text: Buffer.from('hello, this is no archive'),
      'half of it': packed.subarray(0, packed.length / 2),
      'without its last byte': packed.subarray(0, -1),
      'bytes behind': Buffer.concat([packed, Buffer.from('x')]),
      'zeros behind': Buffer.concat([packed, Buffer.alloc(512)]),
      'no end mark': gzipSync(tar.subarray(0, -1024)),
      'half an end mark': gzipSync(tar.subarray(0, -512)),
      'in the middle of a file': gzipSync(tar.subarray(0, 700)),
      'in the middle of a header': gzipSync(tar.subarray(0, 1200)),
      'bytes after the end': gzipSync(Buffer.concat([tar, Buffer.alloc(512, 1)])),
      'an archive after the end': gzipSync(Buffer.concat([tar, tar])),
      'nothing in it': gzipSync(Buffer.alloc(1024)),
      'negative size': gzipSync(sized(tar, Buffer.from('ffffffffffffffffffffff00', 'hex'))),
      'no size': gzipSync(sized(tar, Buffer.from('zzzzzzzzzzz\0'))),
    }
    for (const [name, bytes] of Object.entries(cases)) {
      await refuses(bytes, code, { label: name })
    }
    // Two members of gzip are one file, and tapes are filled up with zeros.
    await unpack(Buffer.concat([gzipSync(tar.subarray(0, 600)), gzipSync(tar.subarray(600))]))
  })

  it('are what was packed, or are refused, whatever is in the archive', async () => {
    const prng = testPrng()
    const pick = <T>(from: readonly T[]) => from[prng.int(0, from.length - 1)] as T
    const parts = ['a', 'B', 'b', 'src', '..', '.', '', 'ä', 'x y', '/', '\\', 'lib']
    const entry = () => ({
      name: Array.from({ length: prng.int(1, 3) }, () => pick(parts)).join('/') || 'c',
      content: 'z'.repeat(prng.int(0, 1500)),
    })
    for (let round = 0; round < 100; round++) {
      const label = `seed ${prng.seed}, round ${round}`
      const entries = Array.from({ length: prng.int(1, 4) }, entry)
      const tar = await tarOf(entries)
      const isDamaged = prng.int(0, 1) === 1
      if (isDamaged) tar[prng.int(0, tar.length - 1)] = prng.int(0, 255)
      const packed = gzipSync(tar, { level: 1 })
      const isBroken = prng.int(0, 3) === 0
      if (isBroken) packed[prng.int(0, packed.length - 1)] = prng.int(0, 255)
      const answer = await unpack(packed).then(
        () => 'taken',
        (error) => String(error.code),
      )
      assert.match(answer, /^(taken|PACKAGE_[A-Z_]+)$/, label)
      assert.deepEqual(beside(), answer === 'taken' ? ['out'] : [], label)
      if (answer === 'taken' && !isDamaged) {
        const sizes = (texts: readonly string[]) => texts.map(({ length }) => length).sort()
        const wanted = sizes(entries.map(({ content }) => content))
        assert.deepEqual(sizes(Object.values(contents(world.out))), wanted, label)
      }
      renew()
    }
  })
})

/** With the sum over its first header as it has to be. */
function mended(tar: Buffer): Buffer {
  tar.fill(' ', 148, 156)
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return tar
}

function sized(tar: Buffer, size: Buffer): Buffer {
  const copy = Buffer.from(tar)
  size.copy(copy, 124)
  return mended(copy)
}
