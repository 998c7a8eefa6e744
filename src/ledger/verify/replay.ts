import type { Act, Effect } from './act.ts'
import { modules } from './acts.ts'
import { decode, encode, type Item, type ItemMap } from './cbor.ts'
import { readEntry } from './entry-form.ts'
import { existing, list, readObject, refuse, writeObject } from './fields.ts'
import { sha256 } from './hashes.ts'
import { registerKey } from './key-acts.ts'
import type { Author } from './messages.ts'
import { kidOf, readKey, type VerifyingKey } from './public-key.ts'
import { functionsIn, runningService } from './service-acts.ts'
import { StateTrie } from './state-trie.ts'
import { requireValidators } from './validator-acts.ts'
import { requireVersion, VotedRules } from './voted-rules.ts'

/** An entry whose form and signature hold, in its place. */
export type Placed = {
  readonly author: Author
  readonly iat: number
  readonly exp: number | undefined
  readonly isAct: boolean
  readonly index: number
  readonly height: number
  /** Block time, seconds since 1970. */
  readonly time: number
  readonly bytes: () => Buffer
}

export type Validator = {
  readonly kid: Buffer
  readonly power: number
  readonly key: VerifyingKey
  /** True where it has a key to vote with in a network. */
  readonly votes: boolean
}

/** What an author may write until when (block time, exclusive). */
type Right = {
  readonly until: number
  readonly quota?: { readonly credential: string; readonly perDay: number }
}

type Count = { readonly day: number; readonly count: number; readonly version: number }

/** Entries from one writing of counts to the next. */
const countStep = 4096
const skewSecondsMax = 600
const actSecondsMax = 3600
const voteType = 'application/vnd.openbsn.alliance-vote+cbor'
const reservedPrefix = 'bsn:'
const controlTypePrefix = 'application/vnd.openbsn.'

/** `bsn1` and the first 20 bytes of the genesis document's SHA-256. */
export function ledgerIdOf(genesis: Buffer): string {
  return `bsn1${sha256(genesis).toString('hex', 0, 20)}`
}

/** The rules of a ledger, applied to what it accepted: each entry must have been allowed. */
export class Replay {
  readonly ledger: string
  /** Block time of the genesis state. */
  readonly time: number
  readonly state: StateTrie
  /** What authors may write, until an act changes the state. */
  #writers = new Map<string, Right>()
  #validators = new Map<number, readonly Validator[]>()
  /** Counts of writes per day that the state does not have yet, by credential. */
  #counts = new Map<string, Count>()
  #hasActs = false

  /** Makes the genesis state. @throws where the document is none */
  constructor(genesis: Buffer, state = new StateTrie()) {
    this.state = state
    this.ledger = ledgerIdOf(genesis)
    const { name, time, memberId, memberKey, validators, environment } = readGenesis(genesis)
    this.time = time
    writeObject(this.state, `member/${memberId}`, new Map([['name', name]]))
    const alliance = new Map<string, Item>([
      ['members', [memberId]],
      ['serviceReview', false],
      ['environment', environment],
    ])
    writeObject(this.state, 'alliance', alliance)
    registerKey(this.state, `member/${memberId}`, memberKey)
    const sets: Item = [[0, validators]]
    writeObject(
      this.state,
      'validators',
      new Map<string, Item>([
        ['sets', sets],
        ['changes', []],
      ]),
    )
    for (const module of Object.keys(modules)) {
      writeObject(this.state, `module/${module}`, new Map<string, Item>([['versions', [[1, 0]]]]))
    }
  }

  /** The COSE key registered under an id (hex). */
  findKey(kid: string): Buffer | undefined {
    const key = readObject(this.state, `key/${kid}`)?.get('key')
    return Buffer.isBuffer(key) ? key : undefined
  }

  /** Who signs the block at a height that comes next, or the one after. */
  validatorsAt(height: number): readonly Validator[] {
    const sets = readObject(this.state, 'validators')?.get('sets')
    const step = (Array.isArray(sets) ? sets : []).findLast(
      (one) => Array.isArray(one) && Number(one[0]) <= height,
    )
    const [from, set] = Array.isArray(step) ? step : []
    const known = this.#validators.get(Number(from))
    if (known) return known
    const validators = (Array.isArray(set) ? set : []).flatMap(readValidator)
    this.#validators.set(Number(from), validators)
    return validators
  }

  /** Applies an entry. @throws NOT_ALLOWED where it should have been refused */
  apply(entry: Placed): void {
    const { author, iat, exp, time } = entry
    if (iat > time + skewSecondsMax) refuse('iat was in the future')
    if (exp !== undefined && exp <= time) refuse('it had expired')
    if (author.sub.startsWith(reservedPrefix)) {
      this.#act(entry)
      this.#writers.clear()
      this.#validators.clear()
      this.#hasActs = true
    } else {
      const { until, quota } = this.#rightOf(author)
      if (time >= until) refuse('the credential, or its key, had expired')
      if (quota) this.#count(quota, time)
    }
  }

  #count({ credential, perDay }: NonNullable<Right['quota']>, time: number): void {
    const day = Math.floor(time / 86_400)
    const before = this.#counts.get(credential) ?? this.#storedCount(credential)
    const count = before.day === day ? before.count : 0
    if (count >= perDay) refuse(`${credential} had written ${count} records that day`)
    this.#counts.set(credential, { day, count: count + 1, version: before.version + 1 })
  }

  #storedCount(credential: string): Count {
    const stored = readObject(this.state, `quota/${credential}`)
    const [day, count, version] = ['day', 'count', 'version'].map((name) => stored?.get(name))
    return { day: Number(day ?? 0), count: Number(count ?? 0), version: Number(version ?? 0) }
  }

  /**
   * Ends a block after which the log has `size` entries. Counts go into the state with a block that
   * has acts, and with one in which the log's size passes a multiple of `countStep`.
   */
  endBlock(firstIndex: number, size: number): void {
    if (this.#hasActs || Math.floor(firstIndex / countStep) !== Math.floor(size / countStep)) {
      for (const [credential, { day, count, version }] of this.#counts) {
        const fields = new Map(Object.entries({ day, count, version }))
        this.state.put(`quota/${credential}`, encode(fields))
      }
      this.#counts.clear()
    }
    this.#hasActs = false
  }

  #rightOf(author: Author): Right {
    const name = JSON.stringify(Object.values(author))
    const known = this.#writers.get(name)
    if (known) return known
    if (existing(this.state, 'alliance').get('stopped') === true) refuse('records were stopped')
    const right = this.#decideWriter(author)
    this.#writers.set(name, right)
    return right
  }

  #decideWriter(author: Author): Right {
    const { owner, until } = this.#ownerOf(author)
    if (author.contentType.startsWith(controlTypePrefix)) {
      refuse('its content type is for modules alone')
    }
    const service = runningService(this.state, author.sub)
    const isOperator = owner.startsWith('operator/')
    const named = isOperator ? `credential/${author.credential}` : owner
    const credential = named.startsWith('credential/') && readObject(this.state, named)
    if (!credential || credential.get('service') !== author.sub) {
      return refuse(`the key writes for no credential of ${author.sub}`)
    }
    if (isOperator) {
      if (service.get('keyMode') !== 'key-trust') refuse('city nodes sign nothing in the service')
      if (!list(credential, 'operators').includes(author.iss)) refuse('it names another operator')
    }
    if (!list(credential, 'scopes').includes('records:write')) refuse('its scopes have no writing')
    if (credential.get('status') !== 'active') refuse(`the credential was not active`)
    if (!this.#functionsOf(credential, service).includes('put')) refuse('it may not put')
    const end = Math.min(until, Number(credential.get('expires') ?? Number.POSITIVE_INFINITY))
    const perDay = credential.get('writesPerDay')
    const id = named.replace('credential/', '')
    return typeof perDay === 'number'
      ? { until: end, quota: { credential: id, perDay } }
      : { until: end }
  }

  #functionsOf(credential: ItemMap, service: ItemMap): readonly Item[] {
    const id = credential.get('participant')
    if (id === undefined) return functionsIn(service, undefined)
    const participant = existing(this.state, `participant/${credential.get('service')}/${id}`)
    if (participant.get('status') !== 'active') refuse(`the participant ${id} was not active`)
    return functionsIn(service, participant.get('role'))
  }

  /** Owner of the key that signed, where author and key fit, and the key's end. */
  #ownerOf({ kid, aud, iss, sub, credential }: Author): { owner: string; until: number } {
    const key = readObject(this.state, `key/${kid}`)
    const owner = key?.get('owner')
    if (!key || typeof owner !== 'string') return refuse(`the key ${kid} was not registered`)
    if (key.get('revoked') === true) refuse(`the key ${kid} was revoked`)
    requireMember(this.state, owner, key)
    if (aud !== this.ledger) refuse(`it is made out to the ledger ${aud}`)
    if (owner.slice(owner.indexOf('/') + 1) !== iss) refuse(`iss is ${iss}, the key of ${owner}`)
    const mayName = owner.startsWith('operator/') && !sub.startsWith(reservedPrefix)
    if (credential !== undefined && owner !== `credential/${credential}` && !mayName) {
      refuse(`the key of ${owner} acts for the credential ${credential}`)
    }
    return { owner, until: Number(key.get('until') ?? Number.POSITIVE_INFINITY) }
  }

  #act({ author, exp, isAct, index, height, time, bytes }: Placed): void {
    const { owner, until: end } = this.#ownerOf(author)
    if (time >= end) refuse(`the key ${author.kid} was replaced`)
    const isVote = author.sub === 'bsn:alliance' && author.contentType === voteType
    const until = isVote ? Number.POSITIVE_INFINITY : time + actSecondsMax
    const isBounded = isAct && exp !== undefined && exp <= until
    if (!isBounded) refuse('an act needs cti, and exp at most an hour ahead')
    requireVersion(this.state, author.sub, height)
    const effect = effectOf(author, owner)
    const payload = decode(readEntry(bytes()).payload)
    if (!(payload instanceof Map)) refuse('the payload of an act is a map')
    const act: Act = { payload, owner, kid: author.kid, height, index, time, exp }
    effect(act, this.state, new VotedRules(this.state, act))
  }
}

/** Keys end with their member, and with the keys that took their place by vote. */
function requireMember(state: StateTrie, owner: string, key: ItemMap): void {
  const [, kind, id] = /^(member|operator)\/(.*)$/.exec(owner) ?? []
  if (kind === undefined) return
  const member = readObject(state, `member/${id}`)
  if (member?.get('status') === 'removed') refuse(`the member ${id} was removed`)
  const isOld = (key.get('since') ?? 0) !== (member?.get('keysSince') ?? 0)
  if (kind === 'member' && isOld) refuse(`the keys of ${id} were replaced`)
}

function effectOf({ sub, contentType }: Author, owner: string): Effect {
  const module = Object.hasOwn(modules, sub) ? modules[sub] : undefined
  if (!module?.signers.includes(owner.replace(/\/.*/, ''))) {
    return refuse(`${owner} signs nothing of ${sub}`)
  }
  const [, act = ''] = /^application\/vnd\.openbsn\.(.+)\+cbor$/.exec(contentType) ?? []
  const effect = Object.hasOwn(module.effects, act) ? module.effects[act] : undefined
  return effect ?? refuse(`${sub} has no act ${contentType}`)
}

function readValidator(item: Item): Validator[] {
  const [coseKey, power, consensusKey] = Array.isArray(item) ? item : []
  if (!Buffer.isBuffer(coseKey) || typeof power !== 'number') return []
  const votes = consensusKey !== undefined
  return [{ kid: kidOf(coseKey), power, key: readKey(coseKey), votes }]
}

function readGenesis(bytes: Buffer) {
  const map = decode(bytes)
  if (!(map instanceof Map)) return refuse('genesis is a map')
  const environment = map.get('environment') ?? 'live'
  if (map.has('environment') && environment !== 'sandbox') return refuse('no such environment')
  if (map.has('root') && !/^bsn1[0-9a-f]{40}$/.test(String(map.get('root')))) {
    return refuse("root is a ledger's id")
  }
  const size = 6 + ['environment', 'root'].filter((name) => map.has(name)).length
  if (map.get('format') !== 'openbsn-genesis-1' || map.size !== size) {
    return refuse('its format is unknown')
  }
  const [name, time, nonce] = [map.get('name'), map.get('time'), map.get('nonce')]
  if (typeof name !== 'string' || name === '') return refuse('name is a text')
  if (typeof time !== 'number' || time < 0) return refuse('time is in seconds')
  if (!Buffer.isBuffer(nonce) || nonce.length !== 16) return refuse('nonce has 16 bytes')
  const validators = map.get('validators') ?? null
  requireValidators(validators)
  return { name, time, validators, environment, ...readMember(map) }
}

function readMember(map: ItemMap) {
  const member = map.get('member')
  const [memberId, memberKey, ...rest] = Array.isArray(member) ? member : []
  if (typeof memberId !== 'string' || rest.length > 0) return refuse('member is [id, key]')
  return { memberId, memberKey }
}
