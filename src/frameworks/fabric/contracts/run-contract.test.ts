import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Enclosure, EnclosureNeeds } from '../packages/enclosure.ts'
import type { PackageKind } from '../packages/package-kind.ts'
import { artefactProgram } from './run-contract.ts'

const mebibyte = 1024 * 1024
const limits = {
  ...{ memoryBytes: 100 * mebibyte, openFiles: 1, fileBytes: 1, processes: 1, niceness: 1 },
}
const named = { name: 'assets', version: '1.0.0' }
const go: PackageKind = { ...named, language: 'go', isVendored: false }
const node = (style: 'contract-api' | 'shim'): PackageKind => {
  return { ...named, language: 'node', style, main: 'lib/main.js', isTypeScript: false }
}

/** The words of a program, its environment, and what it is kept in with. */
function programOf(kind: PackageKind, means: Enclosure['means']) {
  let needed: EnclosureNeeds | undefined
  const enclosure: Enclosure = {
    means,
    around: (program, needs) => {
      needed = needs
      return program
    },
  }
  const artefact = { folder: '/a', kind }
  const run = { artefact, packageId: 'assets:12', port: 7, socketFolder: '/s', limits }
  const { path, args, env = {} } = artefactProgram(run, enclosure)
  const words = [path, ...args].map((word) => (word === process.execPath ? 'node' : word))
  return { words, env, needs: needed ?? assert.fail() }
}

describe('a contract of a publisher', () => {
  it('listens where its peer comes to, and sees its own files', () => {
    const { words, env, needs } = programOf(node('contract-api'), 'limits')
    assert.deepEqual(words, [
      ...['node', '--permission', '--allow-fs-read=/a', '--max-old-space-size=50'],
      ...['/a/node_modules/fabric-shim/cli.js', 'server'],
      ...['--chaincode-address', '127.0.0.1:7', '--chaincode-id', 'assets:12'],
    ])
    assert.equal(env.HOME, '/tmp')
    assert.equal(env.CHAINCODE_SERVER_ADDRESS, '127.0.0.1:7')
    assert.equal(env.CHAINCODE_ID, 'assets:12')
    assert.deepEqual([needs.writable, needs.hasNetwork], [['/s'], true])
    assert.deepEqual(programOf(go, 'none').words, ['/a/contract'])
    assert.equal(programOf(go, 'none').needs.limits.memoryBytes, 100 * mebibyte)
    assert.equal(programOf(node('shim'), 'none').words.at(-1), '/a/lib/main.js')
  })

  it('listens at a socket where it has a network of its own, by itself or behind a relay', () => {
    const api = programOf(node('contract-api'), 'namespaces')
    assert.ok(api.words.includes('unix:/s/s'))
    assert.equal(api.needs.hasNetwork, false)
    for (const kind of [go, node('shim')]) {
      const { words, env, needs } = programOf(kind, 'namespaces')
      assert.match(words.join(' '), /^node \S+ \S+serve-relay.ts \/s\/s 127.0.0.1:9999 /)
      assert.equal(env.CHAINCODE_SERVER_ADDRESS, '127.0.0.1:9999')
      assert.equal(needs.hasNetwork, false)
      assert.equal(needs.limits.memoryBytes, (100 + 512) * mebibyte)
    }
    const limited = `prlimit --data=${100 * mebibyte} -- /a/contract`
    assert.ok(programOf(go, 'namespaces').words.join(' ').endsWith(limited))
  })
})
