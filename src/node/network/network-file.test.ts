import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { validator } from '@openbsn/sdk'
import { testFolder } from '../../testing/folder.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { type Network, networkPaths, readNetwork, writeNetwork } from './network-file.ts'

const network: Network = {
  start: {
    ledger: `bsn1${'a'.repeat(40)}`,
    initialHeight: 7,
    time: 1_800_000_000,
    appHash: new Uint8Array(32).fill(3),
    validators: [validator(namedSigner('validator').key, 10)],
  },
  ...{ operator: 'admin', listen: '127.0.0.1:8430', external: 'oslo.example:8430' },
  peers: ['ab@lima.example:8430'],
}

describe('the file of a network', () => {
  const folder = testFolder()
  const { file, folder: inside } = networkPaths(folder.path)
  before(() => mkdirSync(inside))
  after(() => folder.remove())

  it('is read as it was written', () => {
    writeNetwork(folder.path, network)
    assert.deepEqual(readNetwork(folder.path), network)
  })

  it('is refused with what is wrong in it', () => {
    writeNetwork(folder.path, network)
    const whole = JSON.parse(readFileSync(file, 'utf8'))
    const { start } = whole
    const broken: [document: unknown, why: RegExp][] = [
      [{ ...whole, format: 'openbsn-network-2' }, /another version/],
      [{ ...whole, listen: 1 }, /an address/],
      [{ ...whole, peers: 'none' }, /an address/],
      [{ ...whole, start: null }, /ledger or hash/],
      [{ ...whole, start: { ...start, appHash: 'ab' } }, /ledger or hash/],
      [{ ...whole, start: { ...start, initialHeight: 1.5 } }, /height or time/],
      [{ ...whole, start: { ...start, validators: 'AA' } }, /validators/],
      [null, /another version/],
    ]
    for (const [document, message] of broken) {
      writeFileSync(file, JSON.stringify(document))
      assert.throws(() => readNetwork(folder.path), { code: 'NETWORK_FILE_INVALID', message })
    }
    writeFileSync(file, '{"format":')
    const notJson = { code: 'NETWORK_FILE_INVALID', message: /no JSON/ }
    assert.throws(() => readNetwork(folder.path), notJson)
  })
})
