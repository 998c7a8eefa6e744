import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { askedOf, benchNames, type RowName, resultOf, rowNamesOf } from '../bench/report.ts'
import { homePaths } from '../src/node/create-home.ts'
import { networkPaths } from '../src/node/network/network-file.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** How rows of the page begin, and which row of the bench has the figure; none for a ratio. */
const figures: readonly (readonly [label: string, row: RowName | undefined])[] = [
  ['batches of 500', 'records.batch'],
  ['single statements, 64 connections', 'records.single64'],
  ['single statements, 256 connections', 'records.single256'],
  ['steady 1,157/s', 'records.steady.cores'],
  ['the slowest of five commands', 'cli.start'],
  ['limit: verifying alone', 'limit.verify'],
  ['limit: durable append alone', 'limit.append'],
  ['peer: Tessera', 'peer.tessera'],
  ['batches / peer, 256 connections / peer', undefined],
  ['with 5 million entries: rate', 'growth.ratio'],
  ['heap and buffers there', 'growth.memory'],
  ['warm restart there', 'restart'],
  ['a receipt read there', 'receipt.p99'],
  ['JSON records with an API key', 'gateway.json'],
  ['limits per second and day against none', 'gateway.write.ratio'],
  ['1,000 event streams', 'gateway.events.p99'],
  ['memory there, second and last quarter', undefined],
  ['a neighbour at ten times its limit', 'gateway.neighbour'],
  ['one statement on an idle network', 'network.idle.p50'],
  ['steady 1,160/s for 10 minutes', 'network.steady.cores'],
  ['peak for 60 s', 'network.peak'],
  ['a node that was off', 'network.catchup'],
  ["peer: CometBFT's kvstore", 'peer.kvstore'],
  ['ERC-20 transfers by JSON', 'evm.api.erc20'],
  ['one read through the JSON-RPC door', 'evm.door.read.ms'],
  ['through the door against an engine by itself', 'evm.door.ratio'],
  ['wake from sleep', 'evm.wake'],
  ['memory of an idle chain', 'evm.idle.mb'],
  ['from `service create` to the first transaction', 'fabric.publish'],
  ['writes by JSON, 300 under way', 'fabric.gateway'],
  ["as a part of what Fabric's own client", 'fabric.ratio'],
  ['their median time against that of the same', 'fabric.p50.ratio'],
  ['memory of one idle channel more', 'fabric.idle.mb'],
  ['first visit: until the largest part is painted', 'portal.lcp'],
  ['slowest answer to a click or a key', 'portal.inp'],
  ['script of a first visit', 'portal.script'],
  ['a list of 100,000 rows: another place in it', 'portal.scroll'],
  ['its filter, after each key', 'portal.filter'],
]

/** They stand in the row of another figure, or are there to divide by. */
const unshown: readonly RowName[] = [
  ...(['records.steady.p99', 'network.steady.rate', 'network.steady.p99'] as const),
  ...(['evm.direct.erc20', 'fabric.direct'] as const),
]

/** Cells of the tables under "Speed", without their heads. */
function speedRows(): string[][] {
  const [, section = ''] = /\n## Speed\n([\s\S]*?)\n## /.exec(readme) ?? []
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|.*\| measured \|)/.test(line))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
}

describe('the figures of the README', () => {
  it('are rows of the bench, with what the bench asks of them', () => {
    const rows = speedRows()
    assert.equal(rows.length, figures.length)
    for (const [place, [label, row]] of figures.entries()) {
      const [said = '', measured = '', asked = '', latency = ''] = rows[place] ?? []
      assert.ok(said.startsWith(label), `${said} is not ${label}`)
      assert.match(measured + latency, /\d/, label)
      if (row === undefined) continue
      const { least, most } = askedOf(row)
      const wanted = least ?? most
      const [number] = asked.replaceAll(',', '').match(/[\d.]+/) ?? []
      assert.equal(number, wanted === undefined ? undefined : String(wanted), label)
    }
  })

  it('are all that the bench measures, but for what is named here', () => {
    const shown = figures.flatMap(([, row]) => row ?? [])
    const measured = benchNames.flatMap(rowNamesOf)
    assert.deepEqual([...shown, ...unshown].toSorted(), measured.toSorted())
  })
})

it('the bench of a network has the names and units that programs of others read', () => {
  const units = rowNamesOf('network').map((name) => [name, resultOf(name, 1, {}).unit])
  assert.deepEqual(Object.fromEntries(units), {
    ...{ 'network.steady.rate': 'statements/s', 'network.steady.p99': 'ms' },
    ...{ 'network.steady.cores': 'cores', 'network.idle.p50': 'ms' },
    ...{ 'network.peak': 'statements/s', 'network.catchup': 'entries/s' },
    ...{ 'peer.kvstore': 'transactions/s' },
  })
})

it('keys.md tells of each file of a key', () => {
  const page = readFileSync(join(root, 'docs/operating/keys.md'), 'utf8')
  const files = Object.values({ ...homePaths('HOME'), ...networkPaths('HOME') })
  const keys = files.filter((file) => /^HOME\/(keys\/|profile)/.test(file))
  assert.ok(keys.length >= 8)
  assert.deepEqual(
    keys.filter((file) => !page.includes(`\`${file}\``)),
    [],
  )
})

describe('the pictures of the README', () => {
  const named = [...readme.matchAll(/<img src="docs\/screenshots\/([\w-]+\.png)"/g)]
  const names = named.map(([, name = '']) => name)

  it('are all that lie there, as wide as a window, and small', () => {
    const folder = join(root, 'docs/screenshots')
    assert.deepEqual(readdirSync(folder).toSorted(), names.toSorted())
    for (const name of names) {
      const bytes = readFileSync(join(folder, name))
      assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
      assert.equal(bytes.readUInt32BE(16), 1280, name)
      assert.ok(bytes.length < 150_000, `${name}: ${bytes.length} bytes`)
    }
  })

  it('are told to those who do not see them', () => {
    const told = [...readme.matchAll(/<img src="[^"]+" width="\d+%" alt="[^"]{20,}">/g)]
    assert.equal(told.length, names.length)
    assert.ok(names.length >= 4)
  })
})

describe('the pages of the repository', () => {
  it('are there and say what they are for', () => {
    for (const [path, text] of [
      ['README.md', /^# OpenBSN\n[\s\S]*npm start[\s\S]*npm test[\s\S]*## Where to go next/],
      ['ARCHITECTURE.md', /\| folder \| rank \| owns \| does not own \| may import \|/],
      ['ARCHITECTURE.md', /## One write\n[\s\S]*Door[\s\S]*Check[\s\S]*Execute[\s\S]*Commit/],
      ['ARCHITECTURE.md', /## One write\n[\s\S]*one LMDB transaction[\s\S]*\nBack: `bsn receipt/],
      ['CONTRIBUTING.md', /npm run check/],
      ['CHANGELOG.md', /^# /],
      ['SECURITY.md', /report/i],
      ['LICENSE', /Apache License\s+Version 2\.0/],
    ] as const) {
      assert.ok(existsSync(join(root, path)), path)
      assert.match(readFileSync(join(root, path), 'utf8'), text, path)
    }
  })
})
