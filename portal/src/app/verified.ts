import { storeChoice, storedChoice } from './stored.ts'

/** Of which services this browser has verified an entry: nobody else can say so. */

const nameOf = (ledger: string, service: string) => `bsn.verified.${ledger}.${service}`

export const rememberVerified = (ledger: string, service: string): void =>
  storeChoice(nameOf(ledger, service), 'yes')

export const hasVerified = (ledger: string, service: string): boolean =>
  storedChoice(nameOf(ledger, service), ['yes']) === 'yes'
