import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, it, type TestContext } from 'node:test'
import { fromHex, sha256, toBase64url, toHex, utf8, verifyPrivatePayload } from '@openbsn/sdk'
import { openEpochKeys } from '../../src/compliance/private-payloads/epoch-keys.ts'
import {
  openPrivatePayloads,
  type PrivatePayloads,
  privateOptions,
} from '../../src/compliance/private-payloads/private-payloads.ts'
import { openPrivateStore } from '../../src/compliance/private-payloads/private-store.ts'
import { openKeyEncryption } from '../../src/crypto/key-encryption.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { attack, leaks } from './attacker.ts'
import { type Line, place, subjects, textOf } from './payload-process.ts'

const clock = { nowSeconds: () => 1_800_000_000 }
const onFailure = (error: Error) => {
  throw error
}

function open(home: string) {
  const kek = openKeyEncryption(`${home}.kek`, { mayCreate: true })
  return { kek, payloads: openPrivatePayloads(privateOptions(home), { kek, clock, onFailure }) }
}

function keepText(payloads: PrivatePayloads, subject: string, text: string) {
  const payload = utf8(text)
  // An act's identity is a hash, and shows nothing.
  const act = sha256(payload)
  const input = { ...place, subject, act, contentType: 'text/plain', payload }
  return payloads.keep(input, async (outcome) => ({ isRefused: false, outcome }))
}

const erase = (payloads: PrivatePayloads, subject: string) =>
  payloads.erase({ ...place, subject, credential: 'cred_1' })

function textBehind(
  payloads: PrivatePayloads,
  commitment: Uint8Array,
  act: Uint8Array,
): string | undefined {
  const answer = payloads.read({ commitment, act })
  if (answer.state !== 'kept') return answer.state === 'erased' ? undefined : answer.state
  verifyPrivatePayload(utf8(JSON.stringify(toBase64url(commitment))), answer)
  return Buffer.from(answer.payload).toString()
}

/** Runs the process on a data folder; where it is told to, it ends at a call of the system. */
async function live(home: string, seed: number, kill?: { call: string; when: number }) {
  const inject = kill ? `inject=${kill.call}:signal=KILL:when=${kill.when}` : ''
  const under = kill
    ? ['strace', '-qq', '-o', '/dev/null', '-e', `trace=${kill.call}`, '-e', inject]
    : []
  const program = [process.execPath, '--conditions=openbsn-source', '--no-warnings']
  const file = join(import.meta.dirname, 'payload-process.ts')
  const [command = '', ...args] = [...under, ...program, file, home, `${seed}`]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data) => {
    said += data
  })
  const [code, signal] = await once(child, 'close')
  const isKilled = signal === 'SIGKILL' || code === 137
  assert.ok(code === 0 || (kill && isKilled), `${code} ${signal}\n${said}`)
  return isKilled
}

type State = 'kept' | 'gone' | 'either'
type Known = { readonly subject: string; commitment?: string; state: State }

/** What a history says must be there, must be gone, or may be either. */
function modelOf(lines: readonly Line[]): Map<string, Known> {
  const acts = new Map<string, Known>()
  for (const line of lines) {
    const { what, act, subject } = line
    if (act !== undefined) {
      const one = acts.get(act) ?? { subject, state: 'either' }
      acts.set(act, told(one, line))
    } else {
      const ofSubject = [...acts.values()].filter((one) => one.subject === subject)
      for (const one of ofSubject) one.state = afterErasure(one, what)
    }
  }
  return acts
}

/** One that was not registered may have been stored or not, so it stays either. */
function afterErasure({ commitment, state }: Known, what: Line['what']): State {
  if (commitment === undefined || state === 'gone') return state
  return what === 'erase' ? 'either' : 'gone'
}

function told(one: Known, { what, act, commitment }: Line): Known {
  if (what === 'registered' && commitment !== undefined) {
    assert.notEqual(one.state, 'gone', `${act} does not come back`)
    assert.equal(commitment, one.commitment ?? commitment, 'a retry has the same')
    return { ...one, commitment, state: 'kept' }
  }
  if (what !== 'gone') return one
  assert.notEqual(one.state, 'kept', `${act} is kept`)
  return { ...one, state: 'gone' }
}

function readHistory(path: string): Line[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text.split('\n').filter((line) => line.endsWith('}'))
  return lines.map((line) => JSON.parse(line) as Line)
}

function judge(home: string, payloads: PrivatePayloads): { kept: number; gone: number } {
  const history = `${home}.history`
  const known = modelOf(readHistory(history))
  const count = { kept: 0, gone: 0 }
  const seen = new Map<string, Set<string>>()
  for (const [act, { subject, commitment, state }] of known) {
    if (commitment === undefined) continue
    const found = textBehind(payloads, fromHex(commitment) ?? new Uint8Array(), utf8(act))
    assert.ok(found === undefined || found === textOf(act), `${act}: ${found}`)
    const is = found === undefined ? 'gone' : 'kept'
    assert.ok(state === 'either' || state === is, `${act} is ${is}, and was ${state}`)
    if (state === 'either') {
      seen.set(subject, (seen.get(subject) ?? new Set()).add(is))
      // From now on it is known: what comes later is judged by it.
      const line: Line = { what: is === 'gone' ? 'gone' : 'registered', act, subject, commitment }
      appendFileSync(history, `${JSON.stringify(line)}\n`)
    }
    count[is]++
  }
  for (const [subject, states] of seen) assert.equal(states.size, 1, `all of ${subject} or nothing`)
  return count
}

describe('private payloads of a process that is killed', () => {
  it('are all there but those that were erased, wherever it was', async (t) => {
    if (!needs(t, 'strace')) return
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const folder = testFolder()
    t.after(folder.remove)
    const home = join(folder.path, 'home')
    mkdirSync(home)
    const calls = { fsync: 30, pwrite64: 120, rename: 4, unlink: 4 }
    let killed = 0
    let count = { kept: 0, gone: 0 }
    for (let round = 0; round < 6; round++) {
      for (const [call, most] of Object.entries(calls)) {
        const kill = { call, when: prng.int(1, most) }
        if (await live(home, prng.int(1, 1_000_000), kill)) killed++
        const { payloads } = open(home)
        try {
          count = judge(home, payloads)
          const keys = readdirSync(join(home, 'keys'))
          assert.equal(keys.length, 1, `${keys}`)
        } finally {
          await payloads.close()
        }
      }
    }
    t.diagnostic(`${killed} of 24 killed; ${count.kept} kept, ${count.gone} erased`)
    assert.ok(killed > 6 && count.kept > 0 && count.gone > 0)
  })
})

describe('a data folder after an erasure', () => {
  it('has nothing that reads what was erased, nor names the subject', async (t) => {
    const folder = testFolder()
    t.after(folder.remove)
    const home = join(folder.path, 'home')
    mkdirSync(home)
    const { payloads, kek } = open(home)
    for (const subject of subjects) {
      for (let i = 0; i < 20; i++) await keepText(payloads, subject, `${subject} planted ${i}`)
    }
    const before = join(folder.path, 'before')
    cpSync(home, before, { recursive: true })
    const databases = [join(before, 'private.sqlite'), join(home, 'private.sqlite')]
    const all = attack({ kek, home, scratch: folder.path }, databases)
    assert.equal(all.length, 120, 'the attack works')
    await erase(payloads, 'bob')
    const read = attack({ kek, home, scratch: folder.path }, databases)
    assert.deepEqual(new Set(read.map((text) => text.split(' ')[0])).has('bob'), false)
    assert.equal(read.length, 100, 'the others, by the database of now')
    assert.deepEqual(leaks(home, all), [])
    assert.notDeepEqual(leaks(home, ['subject_keys']), [], 'the scan finds what is there')
    // Where the old epoch's key is left, what was erased is read: it is the key that counts.
    cpSync(join(before, 'keys'), join(home, 'keys'), { recursive: true })
    assert.equal(attack({ kek, home, scratch: folder.path }, databases).length, 120)
    await payloads.close()
  })

  it('is made with little memory, and the process goes on answering', async (t) => {
    await withManySubjects(t, 100_000)
  })
})

/** Keys of so many subjects, as keeping a payload of each would leave them. */
function addSubjects(home: string, count: number): void {
  const options = privateOptions(home)
  const kek = openKeyEncryption(`${home}.kek`, { mayCreate: false })
  const { keys } = openEpochKeys(options.keys, kek).open(1)
  const store = openPrivateStore(options.file)
  store.transact(() => {
    for (let i = 0; i < count; i++) {
      const subject = new Uint8Array(32)
      new DataView(subject.buffer).setUint32(0, i * 40_000)
      store.addSubjectKey(1, { subject, wrapped: keys.wrap(subject, `subject/${toHex(subject)}`) })
    }
  })
  store.close()
}

async function withManySubjects(t: TestContext, count: number): Promise<void> {
  const folder = testFolder()
  t.after(folder.remove)
  const home = join(folder.path, 'home')
  mkdirSync(home)
  const { payloads } = open(home)
  addSubjects(home, count)
  const [kept, gone] = [await keepText(payloads, 'ada', 'a'), await keepText(payloads, 'bob', 'b')]
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const started = performance.now()
  const peak = watchMemory()
  delay.enable()
  const erasure = await erase(payloads, 'bob')
  delay.disable()
  const [ms, grownMb, longestMs] = [performance.now() - started, peak.end(), delay.max / 1e6]
  t.diagnostic(`${count} subjects in ${ms.toFixed()} ms, +${grownMb.toFixed(1)} MB`)
  t.diagnostic(`the longest turn of the event loop took ${longestMs.toFixed()} ms`)
  assert.equal(erasure?.count, 1)
  assert.ok(grownMb < 60, `${grownMb} MB`)
  // In one go it would be all of it.
  assert.ok(longestMs < ms / 2, `${longestMs} ms of ${ms}`)
  assert.ok(kept.state === 'kept' && textBehind(payloads, kept.outcome, sha256(utf8('a'))) === 'a')
  assert.ok(
    gone.state === 'kept' && textBehind(payloads, gone.outcome, sha256(utf8('b'))) === undefined,
  )
  await payloads.close()
}

/** Heap and buffers while something works: how many MB more than at its begin. */
function watchMemory() {
  const used = () => {
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 1e6
  }
  const before = used()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, used())
  }, 20)
  return {
    end: () => {
      clearInterval(timer)
      return peak - before
    },
  }
}
