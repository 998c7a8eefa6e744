import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  createRoot,
  issueCertificate,
  newCertificateKey,
  pemOf,
  publicBytesOf,
} from '../crypto/certificates.ts'
import { testGateway, testGatewayDeps } from '../testing/gateway.ts'
import { createShownCertificate, isNearEnd } from './shown-certificate.ts'
import type { Tls } from './tls-files.ts'

const [start, day] = [1_800_000_000, 86_400]

describe('the certificate that a gateway shows', () => {
  let tls: Tls
  let renewed: Tls
  const clock = { now: start, nowSeconds: () => clock.now }
  before(async () => {
    const [root, key] = [await createRoot('OpenBSN test', start), newCertificateKey()]
    const wanted = { host: 'localhost', publicKey: publicBytesOf(key) }
    const at = async (now: number): Promise<Tls> => {
      const certificate = await issueCertificate(wanted, root, now)
      return { cert: pemOf(certificate), key: '' }
    }
    tls = await at(start)
    renewed = await at(start + 40 * day)
  })

  it('is near its end in its last fifth, and in three weeks at most', () => {
    const until = start + 30 * day
    const month = { from: start, until }
    assert.deepEqual(
      [7, 5].map((days) => isNearEnd(month, until - days * day)),
      [false, true],
    )
    const year = { from: until - 400 * day, until }
    assert.deepEqual(
      [22, 20].map((days) => isNearEnd(year, until - days * day)),
      [false, true],
    )
  })

  it('is told in the log once a day when it ends, and when it has', () => {
    const parts = testGatewayDeps()
    const shown = createShownCertificate(tls, { clock, logger: parts.deps.logger })
    const lines = () => parts.lines.filter((line) => line.includes('"tls.expires"'))
    const look = (days: number) => {
      clock.now = start + days * day
      shown.look()
      return lines().length
    }
    assert.deepEqual([0, 23, 25, 25.5, 26].map(look), [0, 0, 1, 1, 2])
    assert.match(lines().at(-1) ?? '', /ends at 2027-02-14/)
    assert.equal(look(31), 3)
    assert.match(lines().at(-1) ?? '', /has ended at 2027-02-14/)
    shown.show(renewed)
    assert.deepEqual([look(41), shown.isNearEnd], [3, false])
  })

  it('is in the metrics, and a warning of /readyz', async () => {
    clock.now = start + 29 * day
    const parts = testGatewayDeps()
    const { logger } = parts.deps
    const ask = async (certificate: ReturnType<typeof createShownCertificate>) => {
      const deps = { ...parts.deps, certificate }
      const { app } = await testGateway({}, { ...parts, deps })
      const { checks } = (await app.inject('/readyz?verbose')).json()
      const metrics = (await app.inject('/metrics')).payload
      const [, end] = /^bsn_cert_expiry_timestamp_seconds (.*)$/m.exec(metrics) ?? []
      return [checks.find(({ name }: { name: string }) => name === 'certificate'), end]
    }
    const check = { name: 'certificate', ok: true, warning: true }
    assert.deepEqual(await ask(createShownCertificate(undefined, { clock, logger })), [
      { ...check, detail: 'none is issued yet' },
      undefined,
    ])
    assert.deepEqual(await ask(createShownCertificate(tls, { clock, logger })), [
      { ...check, detail: 'good until 2027-02-14T08:00:00.000Z' },
      String(start + 30 * day),
    ])
  })
})
