import { X509Certificate } from 'node:crypto'
import { fabricError } from '../../frameworks/fabric/errors.ts'
import type { ReadHeader } from '../../frameworks/fabric/transactions/read-header.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { FabricUsers, UserOwner } from './fabric-users.ts'

/** As orderers have it by default. */
const proposalSeconds = 900

type SignerDeps = { readonly users: FabricUsers; readonly clock: Clock }

/**
 * The name of the user whose proposal or transaction it is: one of this application, by the
 * certificate that was issued to it here last, within fifteen minutes.
 * @throws PROPOSAL_INVALID, USER_UNKNOWN
 */
export function requireSigner(
  owner: UserOwner,
  { certificate, time, ...header }: Omit<ReadHeader, 'nonce' | 'transaction'>,
  { users, clock }: SignerDeps,
): string {
  requireChannel(owner, header)
  const now = clock.nowSeconds()
  if (Math.abs(now - time) > proposalSeconds) {
    throw wrong(`it was made ${Math.abs(now - time)} s before or after now`)
  }
  const [, fullName = ''] = /^CN=(.*)$/m.exec(certificate.subject) ?? []
  const suffix = `@${owner.caller.credential}`
  if (!fullName.endsWith(suffix)) throw wrong('its certificate is of another application')
  const name = fullName.slice(0, -suffix.length)
  const issued = new X509Certificate(users.certificate(owner, name))
  // This very one, so that it was issued here, and no later one took its place.
  if (!issued.raw.equals(certificate.raw)) throw wrong('its certificate was replaced')
  if (certificate.validToDate.getTime() <= now * 1000) throw wrong('its certificate has ended')
  return name
}

function requireChannel(
  { hosted }: UserOwner,
  { channel, mspId }: Pick<ReadHeader, 'channel' | 'mspId'>,
): void {
  if (channel !== hosted.name) throw wrong(`it is for another channel than ${hosted.name}`)
  if (mspId !== hosted.mspId) throw wrong(`it is of another organisation than ${hosted.mspId}`)
}

const wrong = (what: string) => fabricError('PROPOSAL_INVALID', `The proposal: ${what}.`)
