import type { ControlFields, FrameworkInfo, LedgerSummary, NodeObject } from '@openbsn/sdk'
import { type Check, chosenOf } from '../../../parts/form-checks.ts'

/** What somebody chose for a new service, and what is wrong with it. */

/** A kind of services, with the city nodes that have it. */
export type Offer = FrameworkInfo & { readonly nodes: readonly NodeObject[] }

export type LedgerOffers = { readonly ledger: LedgerSummary; readonly offers: readonly Offer[] }

/** Those that the node of the page has, or some other one. */
export function offersOf(
  frameworks: readonly FrameworkInfo[],
  nodes: readonly NodeObject[],
): readonly Offer[] {
  return frameworks
    .map((one) => ({
      ...one,
      nodes: nodes.filter(({ frameworks: has = [] }) => has.includes(one.name)),
    }))
    .filter((one) => one.here || one.nodes.length > 0)
}

const namePattern = /^[a-z0-9][a-z0-9-]{1,62}$/

export const checkServiceName: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return namePattern.test(text.trim()) ? undefined : { what: 'service' }
}

/** A role as the form has it: functions with spaces between. */
export type RoleRow = { readonly id: number; readonly name: string; readonly functions: string }

/** A form keeps its roles as one text. */
export const rolesText = (rows: readonly RoleRow[]): string => JSON.stringify(rows)
export const rolesOf = (text: string): readonly RoleRow[] => JSON.parse(text) as RoleRow[]

const rolePattern = /^[a-z0-9][a-z0-9_-]{0,62}$/

export const checkRoles: Check = (text) => {
  const rows = rolesOf(text)
  const names = new Set(rows.map(({ name }) => name.trim()))
  const isRight = ({ name, functions }: RoleRow) =>
    rolePattern.test(name.trim()) && chosenOf(functions).length > 0
  return rows.every(isRight) && names.size === rows.length ? undefined : { what: 'roles' }
}

export type ServiceChoices = {
  readonly name: string
  readonly framework: string
  readonly keyMode: 'key-trust' | 'public-key-upload'
  readonly readers: 'anyone' | 'credentials'
  readonly access: 'invitation' | 'open'
  readonly isDraft: boolean
  readonly functions: string
  readonly roles: string
  readonly nodes: string
}

/** The fields of the act that publishes it. */
export function fieldsOf(choices: ServiceChoices): ControlFields['service-create'] {
  const { name, framework, keyMode, readers, access, isDraft } = choices
  const roles = rolesOf(choices.roles).map(
    (one) => [one.name.trim(), chosenOf(one.functions)] as const,
  )
  return {
    ...{ id: name.trim(), framework, keyMode, readers, access, roles },
    functions: chosenOf(choices.functions),
    nodes: chosenOf(choices.nodes),
    ...(isDraft ? { draft: true } : {}),
  }
}
