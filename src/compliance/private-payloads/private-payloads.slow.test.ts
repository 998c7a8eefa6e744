import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { toBase64url, utf8, verifyPrivatePayload } from '@openbsn/sdk'
import { createKeyEncryption } from '../../crypto/key-encryption.ts'
import { testFolder } from '../../testing/folder.ts'
import { openPrivatePayloads, type PrivatePayloads, privateOptions } from './private-payloads.ts'

const kek = createKeyEncryption(randomBytes(32))
const clock = { nowSeconds: () => 1_800_000_000 }
const onFailure = (error: Error) => {
  throw error
}

type Write = { readonly subject?: string; readonly act?: string; readonly text?: string }

function begin(t: TestContext) {
  const folder = testFolder()
  const options = privateOptions(folder.path)
  let payloads = openPrivatePayloads(options, { kek, clock, onFailure })
  t.after(async () => {
    await payloads.close()
    folder.remove()
  })
  const place = { ledger: 'bsn1', service: 'shop' }
  return {
    options,
    get payloads() {
      return payloads
    },
    reopen: async () => {
      await payloads.close()
      payloads = openPrivatePayloads(options, { kek, clock, onFailure })
    },
    /** Keeps a text; the commitment, as a ledger would have it that refuses, or does not. */
    keep: ({ subject = 'ada', act = 'one', text = 'secret' }: Write, isRefused = false) =>
      payloads.keep(
        {
          ...place,
          subject,
          act: utf8(act),
          contentType: 'text/plain',
          payload: utf8(text),
        },
        (commitment) => Promise.resolve({ isRefused, outcome: commitment }),
      ),
    erase: (subject: string) => payloads.erase({ ...place, subject, credential: 'cred_1' }),
    epochs: () => readdirSync(options.keys),
  }
}

/** The commitment of a payload that was kept. */
function kept(answer: Awaited<ReturnType<ReturnType<typeof begin>['keep']>>): Uint8Array {
  return answer.state === 'kept' ? answer.outcome : assert.fail(answer.state)
}

function textOf(payloads: PrivatePayloads, commitment: Uint8Array, act = 'one'): string {
  const answer = payloads.read({ commitment, act: utf8(act) })
  if (answer.state !== 'kept') return answer.state
  verifyPrivatePayload(utf8(JSON.stringify(toBase64url(commitment))), answer)
  return Buffer.from(answer.payload).toString()
}

describe('private payloads', () => {
  it('are given back for their commitment, and the same act has the same one', async (t) => {
    const store = begin(t)
    const [first, again] = await Promise.all([store.keep({}), store.keep({})])
    assert.deepEqual(kept(again), kept(first))
    const other = kept(await store.keep({ text: 'another' }))
    assert.notDeepEqual(other, kept(first))
    const equal = kept(await store.keep({ act: 'two' }))
    assert.notDeepEqual(equal, kept(first), 'equal payloads do not show')
    const elsewhere = kept(await store.keep({ subject: 'bob' }))
    assert.notDeepEqual(elsewhere, kept(first))
    await store.reopen()
    assert.deepEqual(kept(await store.keep({})), kept(first))
    assert.equal(textOf(store.payloads, kept(first)), 'secret')
    assert.equal(textOf(store.payloads, other), 'another')
    assert.equal(textOf(store.payloads, randomBytes(32)), 'unknown')
    assert.equal(textOf(store.payloads, other, 'two'), 'unknown', 'shown by another act')
  })

  it('that the ledger refuses are kept no longer, unless another attempt was not', async (t) => {
    const store = begin(t)
    const refused = kept(await store.keep({}, true))
    assert.equal(textOf(store.payloads, refused), 'unknown')
    const [one, two] = await Promise.all([store.keep({}, true), store.keep({})])
    assert.deepEqual(kept(one), kept(two))
    assert.equal(textOf(store.payloads, kept(one)), 'secret')
    await store.keep({}, true)
    assert.equal(textOf(store.payloads, kept(one)), 'secret', 'it is registered already')
  })

  it('are kept where nobody knows what the ledger did', async (t) => {
    const { payloads } = begin(t)
    const input = { ledger: 'l', service: 's', subject: 'x', contentType: 'a/b', act: utf8('1') }
    let seen = new Uint8Array()
    const lost = payloads.keep({ ...input, payload: utf8('p') }, (commitment) => {
      seen = new Uint8Array(commitment)
      return Promise.reject(new RangeError('no answer'))
    })
    await assert.rejects(lost, /no answer/)
    assert.equal(textOf(payloads, seen, '1'), 'p')
  })
})

describe('erasing a subject', () => {
  it('takes its payloads, tells how many, and leaves all others', async (t) => {
    const store = begin(t)
    const mine = [kept(await store.keep({})), kept(await store.keep({ act: 'two' }))]
    const other = kept(await store.keep({ subject: 'bob', act: 'three', text: 'bob' }))
    const erasure = await store.erase('ada')
    assert.deepEqual([erasure?.count, erasure?.credential, erasure?.entry], [2, 'cred_1', null])
    assert.deepEqual(store.epochs(), ['epoch-2.key'])
    assert.deepEqual(
      mine.map((one, i) => textOf(store.payloads, one, i === 0 ? 'one' : 'two')),
      ['erased', 'erased'],
    )
    assert.equal(await store.erase('ada'), undefined)
    assert.equal(await store.erase('nobody'), undefined)
    assert.deepEqual(store.epochs(), ['epoch-2.key'], 'nothing to erase costs nothing')
    assert.equal(textOf(store.payloads, other, 'three'), 'bob')
    await store.reopen()
    assert.equal(textOf(store.payloads, other, 'three'), 'bob')
    assert.deepEqual(store.payloads.unrecorded(), [erasure])
    store.payloads.setEntry(erasure?.id ?? new Uint8Array(), 7)
    assert.deepEqual(store.payloads.unrecorded(), [])
  })

  it('is for ever for a retried act, not for what is written later', async (t) => {
    const store = begin(t)
    await store.keep({})
    await store.erase('ada')
    const again = await store.keep({})
    assert.deepEqual(again, { state: 'erased', time: clock.nowSeconds() })
    const later = kept(await store.keep({ act: 'later' }))
    assert.equal(textOf(store.payloads, later, 'later'), 'secret')
    assert.equal((await store.erase('ada'))?.count, 1)
    assert.equal(textOf(store.payloads, later, 'later'), 'erased')
  })

  it('goes on beside writes: those of the subject wait for it, others do not', async (t) => {
    const store = begin(t)
    for (let i = 0; i < 900; i++) void store.keep({ subject: `s${i}`, act: `a${i}`, text: `${i}` })
    await store.keep({})
    const erasures = Promise.all(['ada', 's3', 'ada', 's5'].map(store.erase))
    const during = [store.keep({ act: 'again' }), store.keep({ subject: 'new', act: 'new' })]
    const [mine, others] = (await Promise.all(during)).map(kept)
    assert.deepEqual(
      (await erasures).map((one) => one?.count),
      [1, 1, undefined, 1],
    )
    const none = new Uint8Array()
    assert.equal(textOf(store.payloads, mine ?? none, 'again'), 'secret')
    await store.reopen()
    assert.equal(textOf(store.payloads, mine ?? none, 'again'), 'secret')
    assert.equal(textOf(store.payloads, others ?? none, 'new'), 'secret')
    for (const i of [4, 899]) {
      const one = kept(await store.keep({ subject: `s${i}`, act: `a${i}`, text: `${i}` }))
      assert.equal(textOf(store.payloads, one, `a${i}`), `${i}`)
    }
    assert.ok(store.epochs().length === 1)
  })
})

describe('the keys of private payloads', () => {
  it('must be there, and be those of the data folder', async (t) => {
    const store = begin(t)
    await store.keep({})
    await store.payloads.close()
    const [deps, file] = [{ kek, clock, onFailure }, join(store.options.keys, 'epoch-1.key')]
    const foreign = { ...deps, kek: createKeyEncryption(randomBytes(32)) }
    const failed = { code: 'KEY_UNWRAP_FAILED' }
    assert.throws(() => openPrivatePayloads(store.options, foreign), failed)
    renameSync(file, `${file}.away`)
    const missing = { code: 'PRIVATE_KEY_MISSING' }
    assert.throws(() => openPrivatePayloads(store.options, deps), missing)
    renameSync(`${file}.away`, file)
    await openPrivatePayloads(store.options, deps).close()
    rmSync(store.options.file)
    writeFileSync(join(store.options.keys, 'epoch-9.key.new'), 'half')
    const empty = openPrivatePayloads(store.options, deps)
    assert.deepEqual(readdirSync(store.options.keys), ['epoch-1.key'])
    assert.equal(existsSync(store.options.file), true)
    await empty.close()
  })
})
