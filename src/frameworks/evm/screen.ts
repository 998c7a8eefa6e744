import type { Refusal } from '../../crypto/check-statement.ts'

/** Whom a transaction is from and to, as 0x and 40 digits of hex in any case. */
export type Parties = {
  readonly from: string
  /** Undefined where it makes a contract. */
  readonly to: string | undefined
}

/**
 * Decides on a transaction before the chain sees it: why it is not passed on. `read` is asked for
 * its parties only where any account of the service was ever frozen.
 */
export type Screen = (service: string, read: () => Parties) => Refusal | undefined
