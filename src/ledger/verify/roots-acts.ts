import type { Act } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import type { StateTrie } from './state-trie.ts'

/** Who issues certificates for gateways, and what they are trusted by. */
export function roots({ payload }: Act, state: StateTrie): void {
  f.requireFields(payload, { expect: 'number', issuer: 'text', roots: 'list' })
  const version = f.readObject(state, 'roots')?.get('version') ?? 0
  if (version !== payload.get('expect')) {
    f.refuseAs('VERSION_STALE', `the roots are at version ${version}`)
  }
  const issuer = f.text(payload, 'issuer')
  const node = f.readObject(state, `node/${issuer}`)
  if (node?.get('status') !== 'active') {
    f.refuseAs('OBJECT_NOT_FOUND', `${issuer} is no active city node`)
  }
  const list = f.list(payload, 'roots')
  const texts = list.map((one) => (Buffer.isBuffer(one) ? one.toString('hex') : ''))
  const areRight = texts.every((one) => one.length >= 2 && one.length <= 4096)
  if (!areRight || list.length < 1 || list.length > 4 || new Set(texts).size !== list.length) {
    f.refuseAs('ACT_INVALID', 'these are no roots')
  }
  const after: ItemMap = new Map<string, Item>([
    ['issuer', issuer],
    ['roots', list],
  ])
  f.writeObject(state, 'roots', after)
}
