import { type CborMap, type CborValue, encodeCbor } from './cbor.ts'
import type { Signer } from './signer.ts'
import { signStatement } from './statement.ts'
import type { ProposalText, Share, VoteChoice } from './tally.ts'

/** What an act changes: the object and the version that it must have. */
type Moved = { readonly id: string; readonly expect: number }
type List<T> = readonly T[]

/** A service's properties that its publisher chooses. */
export type ServiceFields = {
  readonly environment?: 'live' | 'sandbox'
  readonly keyMode?: 'key-trust' | 'public-key-upload'
  readonly access?: 'open' | 'invitation'
  readonly readers?: 'anyone' | 'credentials'
  readonly functions?: List<string>
  /** Each role and the functions that it has. */
  readonly roles?: List<readonly [role: string, functions: List<string>]>
  readonly nodes?: List<string>
}

/** A city node's facts; places in microdegrees. */
export type NodeFields = {
  readonly city: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  readonly latitude: number
  readonly longitude: number
  readonly gateway: string
  readonly software: string
  readonly frameworks: List<string>
  /** Of a node of a network: `id@host:port`, and the keys that it signs and votes with. */
  readonly peer?: string
  readonly validatorKey?: Uint8Array
  readonly consensusKey?: Uint8Array
  /** Names of the groups that it keeps. */
  readonly groups?: List<string>
}

/** What a credential may do and how much; times in seconds since 1970. */
export type CredentialFields = {
  readonly scopes?: List<string>
  readonly operators?: List<string>
  readonly perSecond?: number
  readonly writesPerDay?: number
  readonly expires?: number
  readonly participant?: string
}

/** COSE keys, and API keys as [SHA-256 of the whole text, a hint to know it by]. */
export type CredentialKeys = {
  readonly keys: List<Uint8Array>
  readonly apiKeys?: List<readonly [hash: Uint8Array, hint: string]>
}

/** A participant of a service. */
type Member = { readonly service: string; readonly id: string }

/** An account or contract of a service's chain; version 0 of `account/…` where it is not there. */
type AccountOf = { readonly service: string; readonly address: Uint8Array; readonly expect: number }

/** The fields of every act that members do, by the name in its content type. */
export type ControlFields = {
  'alliance-policy': { readonly expect: number; readonly serviceReview: boolean }
  /** Shares are [numerator, denominator]; times in seconds; locks [kind, seconds]. */
  'alliance-rules': {
    readonly expect: number
    readonly quorum?: Share
    readonly threshold?: Share
    readonly deadlineMin?: number
    readonly deadlineMax?: number
    readonly locks?: List<readonly [kind: string, seconds: number]>
  }
  'alliance-admit': {
    readonly id: string
    readonly name: string
    readonly power: number
    readonly key: Uint8Array
  }
  'alliance-remove': Moved
  'alliance-power': Moved & { readonly power: number }
  'alliance-replace-key': Moved & { readonly key: Uint8Array }
  'alliance-stop': Readonly<Record<never, never>>
  'alliance-resume': Readonly<Record<never, never>>
  /** From a height on; modules as [name, version]. */
  'alliance-software': {
    readonly software: string
    readonly from: number
    readonly modules?: List<readonly [name: string, version: number]>
  }
  /** Certificates in DER that gateways are trusted by; `issuer` is a city node. */
  'alliance-roots': {
    readonly expect: number
    readonly issuer: string
    readonly roots: List<Uint8Array>
  }
  /** Acts as `carriedAct` makes them; the deadline in seconds since 1970. */
  'alliance-propose': ProposalText
  /** The digest is that of `proposalDigest`. */
  'alliance-vote': {
    readonly id: string
    readonly choice: VoteChoice
    readonly digest: Uint8Array
  }
  /** The acts are those of the proposal. */
  'alliance-execute': { readonly id: string; readonly acts: List<CborValue> }
  'alliance-close': { readonly id: string }
  /** Each [COSE_Key, power, …], as genesis has them. */
  'validators-update': { readonly expect: number; readonly validators: List<CborValue> }
  'operator-key-register': { readonly key: Uint8Array }
  'key-register': { readonly owner: string; readonly key: Uint8Array }
  'key-revoke': { readonly kid: Uint8Array; readonly expect: number }
  'node-register': { readonly id: string } & NodeFields
  'node-update': Moved & Partial<NodeFields>
  'node-retire': Moved
  /** In the root ledger: names another ledger of the alliance. */
  'group-register': { readonly id: string; readonly ledger: string }
  'group-retire': Moved
  /** Blocks `first` to `last` of a service's chain, `hash` that of the last, and their root. */
  'blocks-register': {
    readonly service: string
    readonly chain: number
    readonly generation: number
    readonly first: number
    readonly last: number
    readonly hash: Uint8Array
    readonly root: Uint8Array
    /** Transactions below the root. */
    readonly count: number
    /** Version of `chain/<service>`; 0 for the first. */
    readonly expect: number
  }
  /** Certificates in PEM, places as host:port. */
  'organisation-register': {
    readonly node: string
    readonly root: string
    readonly peer: string
    readonly orderer?: string
    readonly ordererCertificate?: string
    /** Orders channels of BFT: all three, or none. */
    readonly bftOrderer?: string
    readonly bftCertificate?: string
    /** The certificate that it signs blocks with. */
    readonly bftIdentity?: string
    /** Version of `organisation/<node>`; 0 for the first. */
    readonly expect: number
  }
  /** The first block of a channel of Fabric, packed by gzip. */
  'channel-open': {
    readonly service: string
    readonly nodes: List<string>
    readonly block: Uint8Array
  }
  /** One node more in a channel, or one less, or a certificate that was renewed. */
  'channel-change': {
    readonly service: string
    /** Nodes of the channel after it. */
    readonly nodes: List<string>
    /** Fabric's ConfigUpdate, packed by gzip; empty where the settings are so already. */
    readonly update: Uint8Array
    /** Counts the changes of this channel, from 1 on. */
    readonly number: number
  }
  /** Agrees to the change of a channel that is under way. */
  'channel-sign': {
    readonly service: string
    readonly node: string
    readonly number: number
    /** Fabric's ConfigSignature; empty where the node finds the settings so already. */
    readonly signature: Uint8Array
  }
  /** A change that most of the nodes signed counts. */
  'channel-changed': { readonly service: string; readonly number: number }
  /** What the channel of a service is to have under a name. */
  'contract-define': {
    readonly service: string
    readonly name: string
    /** `preset:` and its name, or the SHA-256 of an archive in hex. */
    readonly package: string
    /** Counts the definitions of this name, from 1 on. */
    readonly sequence: number
    /** Who has to endorse, as Fabric writes it; most of the organisations where absent. */
    readonly policy?: string
  }
  /** On the chain of a service; an address has 20 bytes. */
  'account-freeze': AccountOf & {
    /** At most 128 characters, for whoever is refused. */
    readonly reason?: string
  }
  'account-unfreeze': AccountOf
  'service-create': {
    readonly id: string
    readonly framework: string
    /** True where it is to be handed in later. */
    readonly draft?: boolean
  } & ServiceFields
  'service-update': Moved & Omit<ServiceFields, 'environment' | 'keyMode'>
  'service-submit': Moved
  'service-approve': Moved
  'service-reject': Moved
  'service-freeze': Moved
  'service-unfreeze': Moved
  'service-retire': Moved
  'participant-invite': Member & { readonly role: string; readonly key: Uint8Array }
  'participant-apply': { readonly service: string; readonly role: string }
  'participant-join': Member & { readonly expect: number }
  'participant-approve': Member & { readonly expect: number }
  'participant-reject': Member & { readonly expect: number }
  'participant-leave': Member & { readonly expect: number }
  'participant-remove': Member & { readonly expect: number }
  'credential-create': {
    readonly id: string
    readonly service: string
    readonly label: string
  } & CredentialKeys &
    CredentialFields
  'credential-rotate': Moved & CredentialKeys & { readonly until: number }
  'credential-freeze': Moved
  'credential-unfreeze': Moved
  'credential-revoke': Moved
}
export type ControlName = keyof ControlFields

/** An act that changes the ledger's state. */
export type ControlAct = {
  /** The module's reserved name. */
  readonly module: string
  readonly act: string
  readonly payload: CborMap
}

/** Fields that may be absent may be undefined too. */
type Loose<T> = { readonly [K in keyof T]: T[K] | (object extends Pick<T, K> ? undefined : never) }

/** The modules whose names are not that of what they change. */
const modules: Readonly<Record<string, string>> = {
  alliance: 'bsn:alliance',
  blocks: 'bsn:blocks',
  channel: 'bsn:fabric',
  contract: 'bsn:fabric',
  group: 'bsn:alliance',
  node: 'bsn:alliance',
  operator: 'bsn:alliance',
  organisation: 'bsn:fabric',
  validators: 'bsn:validators',
}

/** Puts an act together; fields that are undefined are left out. */
export function controlAct<A extends ControlName>(
  act: A,
  fields: Loose<ControlFields[A]>,
): ControlAct {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  // `ControlFields` has nothing that CBOR has not, but for lists that are not to be changed.
  const payload: CborMap = new Map(given as [string, CborValue][])
  return { module: moduleOfAct(act), act, payload }
}

/** The module that an act such as `service-create` is for. */
export function moduleOfAct(act: string): string {
  const kind = act.replace(/-.*/, '')
  return modules[kind] ?? `bsn:${kind}s`
}

/** An act as a proposal carries it. What a vote decides by id alone needs no `expect`. */
export function carriedAct({ module, act, payload }: ControlAct): CborValue {
  return [module, typeOf(act), encodeCbor(payload)]
}

const typeOf = (act: string) => `application/vnd.openbsn.${act}+cbor`

/** Who signs an act, and for which ledger. */
export type ControlSender = {
  readonly ledger: string
  /** Id of the member. */
  readonly iss: string
  readonly signer: Signer
  /** Now, in seconds since 1970. */
  readonly nowSeconds: number
  /** 1 to 64 bytes that make the act this one act; random ones where absent. */
  readonly cti?: Uint8Array
  /** How long it may be registered: at most an hour, a vote until its proposal's deadline. */
  readonly lifetimeSeconds?: number
}

/** Ten minutes: time enough for every retry, too short to surprise anybody later. */
const lifetimeDefault = 600

/** The statement that does an act, for `Client.submit`. @throws STATEMENT_*, CBOR_UNSUPPORTED */
export async function signControl(
  { module, act, payload }: ControlAct,
  { ledger, iss, signer, nowSeconds, cti, lifetimeSeconds = lifetimeDefault }: ControlSender,
): Promise<Uint8Array> {
  return signStatement(
    {
      contentType: typeOf(act),
      claims: {
        iss,
        sub: module,
        aud: ledger,
        iat: nowSeconds,
        exp: nowSeconds + lifetimeSeconds,
        cti: cti ?? crypto.getRandomValues(new Uint8Array(16)),
      },
      payload: encodeCbor(payload),
    },
    signer,
  )
}
