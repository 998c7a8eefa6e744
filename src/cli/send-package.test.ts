import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { closedPort } from '../testing/cli.ts'
import { requireSent, sendPackage } from './send-package.ts'

describe('a package on its way to city nodes', () => {
  it('is not there where no node took it, and the message says why', async () => {
    const gateway = `http://127.0.0.1:${await closedPort()}`
    const sent = await sendPackage(Buffer.from('x'), [gateway], { ledger: 'bsn1x' })
    assert.match(sent[0]?.problem ?? '', /^not reached: /)
    assert.throws(() => requireSent(sent), { code: 'PACKAGE_NOT_SENT' })
    requireSent([...sent, { gateway: 'http://other.test' }])
  })
})
