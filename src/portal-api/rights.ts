import type { ControlName } from '@openbsn/sdk'

/** What an account may be in an organisation. An auditor reads. */
export const roles = ['owner', 'administrator', 'developer', 'auditor'] as const
export type Role = (typeof roles)[number]

export const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text)

/** Whoever wrote a role down, nobody gets more than it says. */
export const roleOf = (text: string): Role => (isRole(text) ? text : 'auditor')

const builders: readonly Role[] = ['owner', 'administrator', 'developer']
const leaders: readonly Role[] = ['owner', 'administrator']

type Right = {
  readonly roles: readonly Role[]
  /** Undone late or never: whoever is signed in shows anew who it is. */
  readonly isDangerous?: true
}

/**
 * The acts on a ledger that the members of an organisation do, on services that it published or
 * takes part in. All others are for members of the alliance, with their own keys.
 */
export const actRights = {
  'service-create': { roles: builders },
  'service-update': { roles: builders },
  'service-submit': { roles: builders },
  'service-freeze': { roles: leaders, isDangerous: true },
  'service-unfreeze': { roles: leaders },
  'service-retire': { roles: leaders, isDangerous: true },
  'participant-invite': { roles: builders },
  'participant-approve': { roles: builders },
  'participant-reject': { roles: builders },
  'participant-remove': { roles: leaders, isDangerous: true },
  'participant-apply': { roles: builders },
  'participant-join': { roles: builders },
  'participant-leave': { roles: leaders, isDangerous: true },
  'credential-create': { roles: builders },
  'credential-rotate': { roles: builders, isDangerous: true },
  'credential-freeze': { roles: leaders, isDangerous: true },
  'credential-unfreeze': { roles: leaders },
  'credential-revoke': { roles: leaders, isDangerous: true },
  'contract-define': { roles: builders },
  'account-freeze': { roles: leaders, isDangerous: true },
  'account-unfreeze': { roles: leaders },
  'node-update': { roles: leaders },
} as const satisfies Partial<Record<ControlName, Right>>

/** What concerns an organisation itself and its gateway, and leaves the ledgers alone. */
export const houseRights = {
  'organisation-rename': { roles: leaders },
  'invitation-create': { roles: leaders },
  'invitation-withdraw': { roles: leaders },
  'invitation-list': { roles: leaders },
  'member-role': { roles: leaders, isDangerous: true },
  'member-remove': { roles: leaders, isDangerous: true },
  'organisation-read': { roles },
  /** On services that it published. */
  'webhook-change': { roles: builders },
} as const satisfies Record<string, Right>

export type ActName = keyof typeof actRights
export type HouseRight = keyof typeof houseRights
export type RightName = ActName | HouseRight

export const isActName = (name: string): name is ActName => Object.hasOwn(actRights, name)

/** Whether an act is about the node itself: it is for its administrators alone. */
export const isOfNode = (act: ActName): boolean => act.startsWith('node-')

const rights: Readonly<Record<RightName, Right>> = { ...actRights, ...houseRights }
export const rightNames = Object.keys(rights) as readonly RightName[]

/** The roles that have a right. */
export const rolesWith = (right: RightName): readonly Role[] => rights[right].roles

/** Whether a right is used by those alone who showed anew who they are. */
export const isDangerous = (right: RightName): boolean => rights[right].isDangerous === true

/** Whether such a role gives others this one: nobody makes anybody more than it is itself. */
export const mayGive = (own: Role, given: Role): boolean =>
  own === 'owner' || (own === 'administrator' && given !== 'owner')
