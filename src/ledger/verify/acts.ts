import { accountEffects, accountVoted } from './account-acts.ts'
import type { Effects, Voted } from './act.ts'
import { allianceEffects, allianceVoted } from './alliance-acts.ts'
import { blockEffects } from './block-acts.ts'
import { credentialEffects } from './credential-acts.ts'
import { fabricEffects } from './fabric-acts.ts'
import { freezeVotes } from './freeze-acts.ts'
import { keyEffects } from './key-acts.ts'
import { participantEffects } from './participant-acts.ts'
import { serviceEffects } from './service-acts.ts'
import { validatorEffects, validatorVoted } from './validator-acts.ts'

/** Whose keys may sign acts of a module, and what each act does. */
type Module = {
  readonly signers: readonly string[]
  readonly effects: Effects
  readonly voted?: Voted
}

const ofMembers = (effects: Effects): Module => ({ signers: ['member'], effects })

/** Every module there is, by its reserved name. */
export const modules: Readonly<Record<string, Module>> = {
  'bsn:keys': ofMembers(keyEffects),
  'bsn:validators': { ...ofMembers(validatorEffects), voted: validatorVoted },
  'bsn:alliance': {
    signers: ['member', 'operator'],
    effects: allianceEffects,
    voted: allianceVoted,
  },
  'bsn:services': {
    signers: ['member', 'operator'],
    effects: serviceEffects,
    voted: freezeVotes('service', 'retired'),
  },
  'bsn:participants': {
    signers: ['member', 'operator', 'participant'],
    effects: participantEffects,
  },
  'bsn:accounts': {
    signers: ['member', 'operator'],
    effects: accountEffects,
    voted: accountVoted,
  },
  'bsn:blocks': { signers: ['operator'], effects: blockEffects },
  'bsn:fabric': { signers: ['member', 'operator'], effects: fabricEffects },
  'bsn:credentials': {
    signers: ['member', 'operator', 'participant'],
    effects: credentialEffects,
    voted: freezeVotes('credential', 'revoked'),
  },
}
