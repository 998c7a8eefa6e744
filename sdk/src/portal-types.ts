/** What the API of accounts tells and takes. Times are seconds since 1970. */

export type PortalRole = 'owner' | 'administrator' | 'developer' | 'auditor'

/** Options of WebAuthn as a browser's `parse…OptionsFromJSON` reads them. */
export type WebAuthnOptions = Readonly<Record<string, unknown>>
/** What a browser's `PublicKeyCredential.toJSON` gives. */
export type WebAuthnAnswer = Readonly<Record<string, unknown>>

export type PortalState = {
  /** True while there is no account. */
  readonly needsSetup: boolean
  /** Whether there is single sign-on. */
  readonly oidc: boolean
  /** Whether this origin can have passkeys: addresses of IP cannot. */
  readonly passkeys: boolean
  readonly version: string
}

/** `code`: a code of the authenticator, or a backup code, is still wanted. */
export type SignInState = { readonly state: 'signed-in' | 'code' }

export type NewPortalAccount = {
  /** The secret part of the link. */
  readonly token: string
  readonly name: string
  /** What the account is called; nothing is ever sent to it. */
  readonly email: string
  readonly password: string
}

export type PortalRight = {
  /** An act, such as `service-create`, or another right. */
  readonly name: string
  readonly roles: readonly PortalRole[]
  /** True where it wants a step-up. */
  readonly isDangerous: boolean
}

export type PortalMe = {
  readonly account: {
    readonly id: string
    readonly name: string
    readonly email: string
    /** Of the node. */
    readonly isAdministrator: boolean
    readonly hasPassword: boolean
    readonly hasTotp: boolean
    /** How many it has. */
    readonly passkeys: number
  }
  readonly session: {
    /** When it ends, unless something is asked before. */
    readonly expires: number
    /** 0 where it did not. */
    readonly steppedUpUntil: number
  }
  /** Whether owners and administrators must have a passkey or an authenticator. */
  readonly needsSecondFactor: boolean
  readonly organisations: readonly {
    readonly id: string
    readonly name: string
    readonly role: PortalRole
    /** Id of the account as a member. */
    readonly member: string
    /** Names of the rights that the role has. */
    readonly may: readonly string[]
  }[]
  readonly rights: readonly PortalRight[]
}

export type PortalPasskey = {
  readonly id: string
  readonly name: string
  readonly created: number
}

export type PortalMember = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: PortalRole
  readonly since: number
}

export type PortalInvitation = {
  readonly id: string
  readonly role: PortalRole
  /** Whom it is for, as whoever invites calls them. */
  readonly label: string
  readonly invitedBy: string
  readonly created: number
  readonly expires: number
}

/** One way to show anew who is signed in. */
export type StepUpProof =
  | { readonly password: string }
  | { readonly code: string }
  | { readonly passkey: WebAuthnAnswer }

/** An act that a member of an organisation did. */
export type PortalAct = {
  readonly requestKey: string
  readonly ledger: string
  /** Such as `service-create`. */
  readonly act: string
  /** What it is about, such as `service/flights`. */
  readonly subject: string
  /** Who did it, as the account was called then. */
  readonly account: string
  readonly time: number
  /** `unknown` and `pending` become `committed` or `not_sent` within minutes. */
  readonly state: 'pending' | 'committed' | 'rejected' | 'unknown' | 'not_sent'
  /** Index of its entry in the log. */
  readonly entry?: number
  readonly height?: number
  /** False while too few validators have signed the block. */
  readonly hasReceipt?: boolean
  readonly code?: string
  readonly detail?: string
}
