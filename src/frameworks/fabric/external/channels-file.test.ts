import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { selfSigned } from '../../../testing/self-signed.ts'
import { readChannelsFile } from './channels-file.ts'

const entry = {
  ...{ channel: 'trade', mspId: 'Org1MSP', peer: 'peer0.org1.example.com:7051' },
  ...{ tlsRoot: 'root.pem', certificate: 'cert.pem', key: 'key.pem' },
}

describe('a file of channels of others', () => {
  const folder = testFolder()
  const path = join(folder.path, 'channels.json')
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const pem = pair().export({ type: 'pkcs8', format: 'pem' }).toString()
  const { cert, key } = selfSigned()
  for (const [name, text] of Object.entries({ 'root.pem': cert, 'cert.pem': cert, 'key.pem': key }))
    writeFileSync(join(folder.path, name), text)
  writeFileSync(join(folder.path, 'other.pem'), pem)
  const read = (value: object) => () => readChannelsFile(path, JSON.stringify(value))
  const withEntry = (change: object) => read({ channels: { trade: { ...entry, ...change } } })

  it('says every problem of its form', () => {
    const wrong = [
      { channel: '' },
      { peer: 'peer' },
      { peer: 'http://peer:7051' },
      { members: [] },
      { gateways: ['nobody'] },
      { more: 1 },
    ]
    for (const one of wrong) {
      assert.throws(withEntry(one), { code: 'FABRIC_CHANNELS_INVALID' }, JSON.stringify(one))
    }
    assert.throws(read({ channels: { 'Not a name': entry } }), { code: 'FABRIC_CHANNELS_INVALID' })
    assert.throws(() => readChannelsFile(path, '{'), { code: 'FABRIC_CHANNELS_INVALID' })
  })

  it('wants files that are there, and a key that belongs to its certificate', () => {
    assert.throws(withEntry({ tlsRoot: 'none.pem' }), /trade\.tlsRoot: none\.pem cannot be read/)
    assert.throws(withEntry({ key: 'cert.pem' }), /its certificate or its key is no PEM/)
    assert.throws(withEntry({ key: 'other.pem' }), /its key does not belong to its certificate/)
    // What signs itself here is of Ed25519.
    assert.throws(withEntry({}), /its key is not of P-256/)
  })
})
