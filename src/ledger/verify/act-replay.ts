import { modules } from './acts.ts'
import { decode, type ItemMap } from './cbor.ts'
import { type EntryForm, readEntry, signedBytes } from './entry-form.ts'
import { readObject, refuse } from './fields.ts'
import { reasonOf, wrong } from './finding.ts'
import { readKey } from './public-key.ts'
import { Replay } from './replay.ts'
import { StateTrie } from './state-trie.ts'

/** Reserved names of the modules: what control statements are addressed to. */
export const moduleNames: readonly string[] = Object.keys(modules)

/** Such as `service-create`: every act that there is. */
export const actNames: readonly string[] = Object.values(modules).flatMap(({ effects }) =>
  Object.keys(effects),
)

/** A control statement and its place, as whoever shows the log says. */
export type ShownAct = {
  readonly index: number
  readonly height: number
  /** Block time, seconds since 1970. */
  readonly time: number
  readonly bytes: Uint8Array
}

/** One object of the state around an act; undefined where it was not there before. */
export type Change = {
  readonly key: string
  readonly before: ItemMap | undefined
  readonly after: ItemMap
}

/** What an act did, by the rules alone. */
export type ReplayedAct = Omit<ShownAct, 'bytes'> & {
  /** The module's reserved name. */
  readonly module: string
  /** Such as `service-create`. */
  readonly act: string
  /** Owner of the key that signed, such as `member/admin`. */
  readonly by: string
  /** That key, in hex. */
  readonly kid: string
  readonly changes: readonly Change[]
}

/**
 * The rules of a ledger over its control statements alone. Counters of daily writes come from
 * records, which are not replayed here: they are put in as they are shown, for the root to judge.
 */
export interface ActReplay {
  /** Applies the next act. @throws VERIFY_ENTRY_WRONG where it should have been refused */
  apply(act: ShownAct): ReplayedAct
  /** Keys of the counters that records keep: one for each credential with writes per day. */
  counters(): string[]
  setCounter(key: string, value: Uint8Array): void
  stateRoot(): Uint8Array
}

/** Starts from the state that a genesis document makes. @throws NOT_ALLOWED, CBOR_* */
export function createActReplay(genesis: Uint8Array): ActReplay {
  const state = new WatchedTrie()
  const replay = new Replay(Buffer.from(genesis), state)
  state.takeChanges()
  let next = 0
  const apply = (shown: ShownAct): ReplayedAct => {
    const { index, height, time } = shown
    try {
      if (index < next) refuse('it stands before one that came earlier')
      next = index + 1
      const { entry, bytes } = readSigned(shown.bytes, replay)
      const { contentType, sub, iss, exp, iat, cti } = entry
      if (!sub.startsWith('bsn:')) refuse('it is a record')
      const kid = entry.kid.toString('hex')
      const by = String(readObject(state, `key/${kid}`)?.get('owner'))
      const { aud, credential } = entry
      const author = { kid, contentType, iss, sub, aud, credential }
      const isAct = cti !== undefined
      replay.apply({ author, iat, exp, isAct, index, height, time, bytes: () => bytes })
      const act = contentType.replace(/^application\/vnd\.openbsn\.(.*)\+cbor$/, '$1')
      return { index, height, time, module: sub, act, by, kid, changes: state.takeChanges() }
    } catch (error) {
      throw wrong('entry', index, reasonOf(error))
    }
  }
  return {
    apply,
    counters: () =>
      state
        .entries()
        .filter(([key]) => key.startsWith('credential/'))
        .filter(([key]) => readObject(state, key)?.has('writesPerDay'))
        .map(([key]) => key.replace('credential/', 'quota/')),
    setCounter: (key, value) => {
      state.put(key, Buffer.from(value))
      state.takeChanges()
    },
    stateRoot: () => state.root(),
  }
}

/** Form and signature; the rules that follow need the state alone. */
function readSigned(given: Uint8Array, replay: Replay): { entry: EntryForm; bytes: Buffer } {
  const bytes = Buffer.from(given)
  const entry = readEntry(bytes)
  const coseKey = replay.findKey(entry.kid.toString('hex'))
  const key = coseKey ? readKey(coseKey) : refuse('the key that signed it was not registered')
  const signed = signedBytes(entry.protectedBytes, entry.payload)
  if (key.algorithm !== entry.algorithm) refuse("alg is not the key's algorithm")
  if (!key.holds(signed, entry.signature)) refuse('its signature does not hold')
  return { entry, bytes }
}

/** Remembers what stood where something was put. */
class WatchedTrie extends StateTrie {
  #before = new Map<string, Buffer | undefined>()

  override put(key: string, value: Buffer): void {
    if (!this.#before.has(key)) this.#before.set(key, this.get(key))
    super.put(key, value)
  }

  takeChanges(): Change[] {
    const changes = [...this.#before].map(([key, before]) => ({
      key,
      before: before && mapIn(before),
      after: mapIn(this.get(key) ?? Buffer.alloc(0)),
    }))
    this.#before = new Map()
    return changes
  }
}

function mapIn(bytes: Buffer): ItemMap {
  const item = decode(bytes)
  return item instanceof Map ? item : refuse('an object of the state is a map')
}
