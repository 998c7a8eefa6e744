import type { PortalTables } from '../store/tables.ts'

/** A time as a database gives it: text or a number in SQLite, a Date from PostgreSQL. */
export type StoredTime = string | number | Date
type StoredFlag = boolean | number | null

/** Tables of the authentication library, as far as they are read here; it alone writes them. */
export type AuthTables = {
  user: {
    readonly id: string
    readonly name: string
    readonly email: string
    readonly createdAt: StoredTime
    readonly twoFactorEnabled: StoredFlag
    readonly administrator: StoredFlag
  }
  account: {
    readonly userId: string
    readonly providerId: string
    readonly password: string | null
  }
  session: { readonly id: string; readonly userId: string; readonly token: string }
  organization: { readonly id: string; readonly name: string; readonly slug: string }
  member: {
    readonly id: string
    readonly organizationId: string
    readonly userId: string
    readonly role: string
    readonly createdAt: StoredTime
  }
  passkey: {
    readonly id: string
    readonly name: string | null
    readonly userId: string
    readonly createdAt: StoredTime | null
  }
}

export type AllTables = PortalTables & AuthTables

/** Seconds since 1970. */
export function secondsOf(time: StoredTime): number {
  const date = time instanceof Date ? time : new Date(time)
  return Math.floor(date.getTime() / 1000)
}

export const isSet = (flag: StoredFlag): boolean => flag === true || flag === 1
