import type { FastifyReply } from 'fastify'
import type { Ledger } from '../../ledger/ledger.ts'
import type { GatewayOptions } from '../options.ts'
import type { ServedLedger } from '../served-ledger.ts'
import type { Buckets, Taken } from './buckets.ts'
import type { Named } from './credential.ts'
import { type DayQuota, sendLimits } from './limit-headers.ts'

export type CredentialLimitsDeps = {
  readonly buckets: Buckets
  /** The time by which the state decides. */
  readonly timeOf: (ledger: Ledger) => number
}

/** Under which the limit of a second counts a credential, whichever way it writes. */
export const limitKey = (ledger: string, credential: string) => `${ledger} ${credential}`

/** What credentials may still do, in a second at this gateway and in a day over all. */
export type CredentialLimits = {
  /** Counts so many items, 0 too, and sets the headers that tell about limits, if on a reply. */
  take(
    reply: FastifyReply | undefined,
    credential: Named,
    served: ServedLedger,
    count: number,
  ): Taken
  /** How many items are left in this second. */
  left(credential: Named, served: ServedLedger): number
}

export function createCredentialLimits(
  { credentialPerSecond }: Pick<GatewayOptions, 'credentialPerSecond'>,
  { buckets, timeOf }: CredentialLimitsDeps,
): CredentialLimits {
  const takeOut = ({ id, perSecond }: Named, { ledger }: ServedLedger, count: number) =>
    buckets.take(limitKey(ledger.id, id), perSecond ?? credentialPerSecond, count)
  return {
    take: (reply, credential, served, count) => {
      const taken = takeOut(credential, served, count)
      const { ledger } = served
      if (reply) sendLimits(reply, taken, dayQuota(credential, ledger, timeOf(ledger)))
      return taken
    },
    left: (credential, served) => takeOut(credential, served, 0).remaining,
  }
}

const daySeconds = 86_400

function dayQuota(
  { id, writesPerDay: limit }: Named,
  ledger: Ledger,
  time: number,
): DayQuota | undefined {
  if (limit === undefined) return undefined
  const used = ledger.writtenOn(id, time)
  const resetSeconds = daySeconds - (time % daySeconds)
  return { limit, remaining: Math.max(0, limit - used), resetSeconds }
}
