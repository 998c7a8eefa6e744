import { CodedError, equalBytes } from '@openbsn/sdk'
import { readRoots } from '../../alliance/roots-state.ts'
import { type Certified, issueCertificate } from '../../crypto/certificates.ts'
import type { KeyEncryption } from '../../crypto/key-encryption.ts'
import type { CertificateIssuer } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { homePaths } from '../create-home.ts'
import { type KnownLedger, readCertificateRequest } from './certificate-request.ts'
import { readCertified } from './certified-file.ts'

export type IssuerOptions = {
  readonly home: string
  /** Name of this city node. */
  readonly node: string
}

export type IssuerDeps = {
  readonly ledger: KnownLedger
  readonly kek: KeyEncryption
  readonly clock: Clock
}

/**
 * Issues certificates to active city nodes, for the hosts that the state has of them; on the node
 * that the state names. Its file is read each time, so a new one counts without a restart.
 */
export function createCertificateIssuer(
  { home, node }: IssuerOptions,
  { ledger, kek, clock }: IssuerDeps,
): CertificateIssuer {
  const { issuer, issuerBefore } = homePaths(home)

  /** The key of the newest root that the alliance trusts; a newer one may wait for a vote. */
  function present(): Certified {
    const roots = readRoots(ledger)
    for (const file of roots?.issuer === node ? [issuer, issuerBefore] : []) {
      const own = readCertified(file, { kek, use: 'issuer' })
      if (own && roots?.roots.some((one) => equalBytes(one, own.certificate))) return own
    }
    const who = roots ? `the city node ${roots.issuer} does` : 'the alliance has no issuer'
    throw new CodedError('CERTIFICATES_NONE', `No certificates are issued here: ${who}.`)
  }
  return {
    issue: async (request) => {
      const root = present()
      const now = clock.nowSeconds()
      const wanted = readCertificateRequest(request, ledger, now)
      if ('code' in wanted) throw new CodedError(wanted.code, wanted.detail)
      return issueCertificate(wanted, root, now)
    },
  }
}
