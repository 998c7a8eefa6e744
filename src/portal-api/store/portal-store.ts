/** An open invitation to an organisation. Times are seconds since 1970. */
export type Invitation = {
  readonly id: string
  readonly organisation: string
  readonly role: string
  /** Whom it is for, as whoever invites calls them. */
  readonly label: string
  /** Name of whoever invites. */
  readonly invitedBy: string
  readonly created: number
  readonly expires: number
}

/**
 * `pending` from the moment on that it is to be sent; `unknown` where no answer came, until the
 * ledger says, or nothing can be registered any more; `not_sent` where nothing was.
 */
export type ActState = 'pending' | 'committed' | 'rejected' | 'unknown' | 'not_sent'

/** An act that a member of an organisation did through the portal. */
export type PortalAct = {
  readonly organisation: string
  readonly requestKey: string
  /** SHA-256 of what it says, in hex. */
  readonly content: string
  readonly ledger: string
  readonly act: string
  /** What it is about, such as `service/flights`. */
  readonly subject: string
  readonly account: string
  /** As the account was called then. */
  readonly accountName: string
  readonly time: number
  /** From then on, a statement of it is registered no more. */
  readonly expires: number
  readonly state: ActState
  readonly code?: string
  readonly detail?: string
  /** Index of its entry. */
  readonly entry?: number
  readonly height?: number
}

export type ActFate = Pick<PortalAct, 'state' | 'code' | 'detail' | 'entry' | 'height'>

/** The newest come first; `before` is the last one of the page before. */
export type Page<T> = { readonly limit: number; readonly before?: T | undefined }

/**
 * What the portal keeps beside accounts, sessions and members, which are the authentication
 * library's. Every promise here holds for SQLite and PostgreSQL alike (`store-contract.ts`).
 */
export interface PortalStore {
  /** Keeps a value under a name that has none; gives the one that is kept then. */
  settle(name: string, value: string): Promise<string>
  setting(name: string): Promise<string | undefined>

  /** Makes this the one setup link; the one before is worth nothing from now on. */
  putSetup(hash: string, expires: number): Promise<void>
  /** Uses the setup link up: true for one caller alone, before it expires. */
  takeSetup(hash: string, now: number): Promise<boolean>

  putInvitation(hash: string, invitation: Invitation): Promise<void>
  /** One that is open, without using it. */
  findInvitation(hash: string, now: number): Promise<Invitation | undefined>
  /** Uses it up: for one caller alone. */
  takeInvitation(hash: string, now: number): Promise<Invitation | undefined>
  invitations(organisation: string, now: number): Promise<Invitation[]>
  /** False where there is none. */
  dropInvitation(organisation: string, id: string): Promise<boolean>

  /** Whoever has the session showed anew who it is; good until then. */
  putStepUp(session: string, until: number, now: number): Promise<void>
  /** 0 where it did not. */
  steppedUpUntil(session: string): Promise<number>

  /** The organisation that published it; the first one that says so keeps it. */
  ownService(ledger: string, service: string, organisation: string): Promise<void>
  ownerOf(ledger: string, service: string): Promise<string | undefined>
  /** In the order of ledger and name. */
  servicesOf(organisation: string): Promise<{ readonly ledger: string; readonly service: string }[]>

  /** The organisation that takes part in a service; the first one that says so keeps it. */
  takePart(ledger: string, participant: string, organisation: string): Promise<void>
  /** `participant` is such as `flights/admin`. */
  partOwnerOf(ledger: string, participant: string): Promise<string | undefined>
  /** In the order of ledger and name. */
  partsOf(
    organisation: string,
  ): Promise<{ readonly ledger: string; readonly participant: string }[]>

  /**
   * Writes an act down before it is sent. Where the request key was used, what is there: the same
   * act as it stands, or another one, which stays. One that came to nothing makes place.
   */
  beginAct(act: PortalAct): Promise<PortalAct>
  endAct(organisation: string, requestKey: string, fate: ActFate): Promise<void>
  act(organisation: string, requestKey: string): Promise<PortalAct | undefined>
  acts(
    organisation: string,
    page: Page<Pick<PortalAct, 'time' | 'requestKey'>>,
  ): Promise<PortalAct[]>
}
