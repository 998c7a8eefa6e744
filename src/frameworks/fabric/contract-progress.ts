import type { ChanceWarning } from './packages/find-chance.ts'

/** What a node does for a contract, one after the other. */
export const contractSteps = ['build', 'install', 'approve', 'commit', 'endorse'] as const
export type ContractStep = (typeof contractSteps)[number]

/** What was found in a package that was built. */
export type PackageFound = {
  /** Where it says what it can be asked for. */
  readonly functions?: readonly string[]
  /** Lines that may give another result on another peer. */
  readonly warnings: readonly ChanceWarning[]
}

/** How far a node is with a contract. */
export type ContractProgress = Partial<PackageFound> & {
  /** What it does last, or fails at; absent before it begins. */
  readonly step?: ContractStep
}
