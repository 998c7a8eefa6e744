import type { Effects } from './act.ts'
import { allianceEffects } from './alliance-acts.ts'
import { credentialEffects } from './credential-acts.ts'
import { keyEffects } from './key-acts.ts'
import { participantEffects } from './participant-acts.ts'
import { serviceEffects } from './service-acts.ts'
import { validatorEffects } from './validator-acts.ts'

/** Whose keys may sign acts of a module, and what each act does. */
type Module = { readonly signers: readonly string[]; readonly effects: Effects }

const ofMembers = (effects: Effects): Module => ({ signers: ['member'], effects })

/** Every module there is, by its reserved name. */
export const modules: Readonly<Record<string, Module>> = {
  'bsn:keys': ofMembers(keyEffects),
  'bsn:validators': ofMembers(validatorEffects),
  'bsn:alliance': { signers: ['member', 'operator'], effects: allianceEffects },
  'bsn:services': ofMembers(serviceEffects),
  'bsn:participants': { signers: ['member', 'participant'], effects: participantEffects },
  'bsn:credentials': { signers: ['member', 'participant'], effects: credentialEffects },
}
