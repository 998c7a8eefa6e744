import { CodedError } from '@openbsn/sdk'
import type { Accounts } from './auth/accounts.ts'
import { secondsOf } from './auth/auth-tables.ts'
import { isDangerous, type RightName, type Role, roleOf, rolesWith } from './rights.ts'
import type { Session, Sessions } from './session.ts'

/** An organisation, and what an account is in it. */
export type Membership = {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly member: string
}

/** A member as the others see it. */
export type MemberRow = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  /** Seconds since 1970. */
  readonly since: number
}

/** Who is in which organisation, and what it may do there. */
export interface Members {
  of(account: string): Promise<Membership[]>
  /** What the account is in the organisation; undefined where it is no member. */
  find(account: string, organisation: string): Promise<Membership | undefined>
  list(organisation: string): Promise<MemberRow[]>
  /**
   * That the account has the right in the organisation. Where it is no member, the organisation is
   * not there for it.
   * @throws ORGANISATION_NOT_FOUND, ROLE_INSUFFICIENT, SECOND_FACTOR_REQUIRED, STEP_UP_REQUIRED
   */
  require(session: Session, organisation: string, right: RightName): Promise<Membership>
  passkeys(account: string): Promise<number>
  /** False for one that came by single sign-on alone. */
  hasPassword(account: string): Promise<boolean>
}

export type MembersDeps = {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly needsSecondFactor: boolean
}

/** Members by the authentication library's tables, rights by `rights.ts`. */
export function createMembers({ accounts, sessions, needsSecondFactor }: MembersDeps): Members {
  async function memberships(account: string) {
    const { tables } = await accounts.open()
    return tables
      .selectFrom('member')
      .innerJoin('organization', 'organization.id', 'member.organizationId')
      .select(['organization.id', 'organization.name', 'member.role', 'member.id as member'])
      .where('member.userId', '=', account)
  }

  async function find(account: string, organisation: string): Promise<Membership | undefined> {
    const own = (await memberships(account)).where('organization.id', '=', organisation)
    const row = await own.executeTakeFirst()
    return row && { ...row, role: roleOf(row.role) }
  }

  async function passkeys(account: string): Promise<number> {
    const { tables } = await accounts.open()
    const count = tables.selectFrom('passkey').select(({ fn }) => fn.countAll().as('count'))
    const row = await count.where('userId', '=', account).executeTakeFirst()
    return Number(row?.count ?? 0)
  }

  async function requireSecondFactor({ account }: Session, role: Role): Promise<void> {
    if (!needsSecondFactor || account.hasTotp) return
    if (role !== 'owner' && role !== 'administrator') return
    if ((await passkeys(account.id)) > 0) return
    const message = `As ${role} of an organisation, add a passkey or an authenticator first.`
    throw new CodedError('SECOND_FACTOR_REQUIRED', message)
  }

  return {
    find,
    passkeys,
    async of(account) {
      const all = (await memberships(account)).orderBy('organization.name')
      const rows = await all.orderBy('organization.id').execute()
      return rows.map((row) => ({ ...row, role: roleOf(row.role) }))
    },
    async hasPassword(account) {
      const { tables } = await accounts.open()
      const found = tables.selectFrom('account').select('userId').where('userId', '=', account)
      return (await found.where('password', 'is not', null).executeTakeFirst()) !== undefined
    },
    async list(organisation) {
      const { tables } = await accounts.open()
      const rows = await tables
        .selectFrom('member')
        .innerJoin('user', 'user.id', 'member.userId')
        .select(['member.id', 'user.name', 'user.email', 'member.role', 'member.createdAt'])
        .where('member.organizationId', '=', organisation)
        .orderBy('user.email')
        .execute()
      return rows.map(({ createdAt, role, ...row }) => {
        return { ...row, role: roleOf(role), since: secondsOf(createdAt) }
      })
    },
    async require(session, organisation, right) {
      const own = await find(session.account.id, organisation)
      if (!own) {
        const message = 'There is no such organisation, or you are no member of it.'
        throw new CodedError('ORGANISATION_NOT_FOUND', message)
      }
      const may = rolesWith(right)
      if (!may.includes(own.role)) {
        const who = `As ${own.role} of ${own.name}`
        const message = `${who} you may not (${right}): ${may.join(', ')} may.`
        throw new CodedError('ROLE_INSUFFICIENT', message)
      }
      if (right !== 'organisation-read') await requireSecondFactor(session, own.role)
      if (isDangerous(right)) await sessions.requireStepUp(session)
      return own
    },
  }
}
