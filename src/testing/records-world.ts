import { parseStatement, type Signer, verifyReceipts } from '@openbsn/sdk'
import type { Submission } from '../crypto/own-statement.ts'
import type { Call, Framework } from '../frameworks/framework.ts'
import {
  createRecordsFramework,
  type RecordsFramework,
} from '../frameworks/records/records-framework.ts'
import type { FrameworkWorld, Put, Writer } from '../frameworks/world-contract.ts'
import { assert } from '../kernel/assert.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { testFolder } from './folder.ts'
import { credentialOf, keyOf, LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

const nodeNames = ['node 1', 'node 2']

type Loss = 'answers' | 'calls' | undefined

/**
 * A real ledger with lists and two city nodes of the member `admin`, each with an operator's key of
 * its own, that write to `flights` for the credential `c1` and to `sensors` for `c2`.
 */
export class RecordsWorld implements FrameworkWorld {
  readonly writers = [
    { service: 'flights', credential: 'c1' },
    { service: 'sensors', credential: 'c2' },
  ] as const
  readonly contentTypes = { usual: 'application/json', other: 'text/x-odd' }
  readonly ledgers: LedgerWorld
  readonly #lists = testFolder()
  #projection: Projection | undefined
  #nodes: readonly RecordsFramework[] = []
  #loss: Loss
  #gate: { readonly held: () => void; readonly open: Promise<void> } | undefined
  #isBroken = false

  private constructor(ledgers: LedgerWorld) {
    this.ledgers = ledgers
  }

  static async create(): Promise<RecordsWorld> {
    const ledgers = await LedgerWorld.create({
      onBlock: ({ firstIndex }, entries) => {
        world.#projection?.offer(firstIndex, entries)
        for (const node of world.#nodes) node.committed(firstIndex, entries)
      },
    })
    const world = new RecordsWorld(ledgers)
    for (const { outcome } of await ledgers.ledger.submit(await setUp(world))) {
      assert(outcome === 'appended', 'the world is set up')
    }
    await world.#start()
    return world
  }

  get node(): RecordsFramework {
    return this.#nodeAt(0)
  }

  get other(): RecordsFramework {
    return this.#nodeAt(1)
  }

  get projection(): Projection {
    assert(this.#projection !== undefined, 'the lists are open')
    return this.#projection
  }

  #nodeAt(place: number): RecordsFramework {
    const node = this.#nodes[place]
    assert(node !== undefined, 'the nodes run')
    return node
  }

  async #start(): Promise<void> {
    const { ledger } = this.ledgers
    const size = () => ledger.head.firstIndex + ledger.head.count
    const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
    const onFailure = (error: Error) => this.ledgers.failures.push(error)
    this.#projection = new Projection({ folder: this.#lists.path }, { source, onFailure })
    this.#loss = undefined
    const submit: Ledger['submit'] = (statements) => this.#submit(statements)
    const between: Ledger = Object.create(ledger, { submit: { value: submit } })
    await this.#projection.advance()
    this.#nodes = nodeNames.map((name) => this.#nodeOf(between, namedSigner(name)))
  }

  #nodeOf(ledger: Ledger, signer: Signer): RecordsFramework {
    const deps = { ledger, lists: this.projection, signer, clock: this.ledgers.clock }
    return createRecordsFramework({ member: 'admin' }, { ...deps, isStopped: () => this.#isBroken })
  }

  async #submit(statements: readonly Submission[]) {
    this.#gate?.held()
    await this.#gate?.open
    const stopped = new Error('the line to the ledger is cut')
    if (this.#loss === 'calls') throw stopped
    const outcomes = await this.ledgers.ledger.submit(statements)
    if (this.#loss === 'answers') throw stopped
    return outcomes
  }

  put({ service, credential }: Writer, { id, key, text, contentType }: Put): Call {
    const type = contentType === undefined ? {} : { contentType }
    return { service, credential, function: 'put', args: { key, value: { text }, ...type }, id }
  }

  /** It names a credential of another service. */
  rejectedCall(id: Uint8Array): Call {
    const put = { id, key: 'key-a', text: 'x' }
    return this.put({ service: 'flights', credential: 'c2' }, put)
  }

  async get(node: Framework, { service }: Writer, key: string): Promise<string | undefined> {
    const record = await node.query(service, { function: 'get', args: { key } })
    return record === null ? undefined : textOf(record)
  }

  async list(node: Framework, { service }: Writer, key?: string): Promise<string[]> {
    const [name, args] = key === undefined ? ['list', {}] : ['history', { key }]
    const answer = await node.query(service, { function: name, args })
    return recordsOf(answer).map(textOf)
  }

  async restart(signer?: null): Promise<void> {
    await this.projection.close()
    await this.ledgers.reopen(signer)
    await this.#start()
  }

  /** The nodes are restarted without the key for blocks, and with it after that. */
  async whileCut(run: () => Promise<void>): Promise<void> {
    await this.restart(null)
    await run()
    await this.restart()
  }

  lose(what: 'answers' | 'calls'): void {
    this.#loss = what
  }

  hold() {
    const [open, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    this.#gate = { held: held.resolve, open: open.promise }
    return { release: open.resolve, isHeld: held.promise }
  }

  async catchUp(): Promise<void> {
    // All nodes of this world read one ledger.
  }

  async issuerOf({ credential }: Writer): Promise<string> {
    return credential
  }

  breakDown(): void {
    this.#isBroken = true
  }

  verify({ args }: Call, transaction: string, receipts: readonly Uint8Array[]): void {
    const { ledger, keys } = this.ledgers
    const entry = ledger.entry(Number(transaction))
    assert(entry !== undefined, 'the transaction is in the log')
    const { index } = verifyReceipts(entry.statement, receipts, keys)
    assert(String(index) === transaction, 'the receipts are of that transaction')
    const payload = new TextDecoder().decode(parseStatement(entry.statement).payload)
    assert(payload === JSON.stringify(args.value), 'the transaction has what was put')
  }

  async close(): Promise<void> {
    await this.projection.close()
    await this.ledgers.remove()
    this.#lists.remove()
    assert(this.ledgers.failures.length === 0, 'nothing failed')
  }
}

/** Keys of the operator, services and credentials: in one block, because there are many worlds. */
function setUp({ ledgers, writers }: RecordsWorld): Promise<Uint8Array[]> {
  const keys = nodeNames.map((name) => ledgers.act('operator-key-register', { key: keyOf(name) }))
  const services = writers.flatMap(({ service, credential }) => [
    ledgers.act('service-create', { id: service, framework: 'records', keyMode: 'key-trust' }),
    ledgers.act('credential-create', credentialOf(credential, { service, operators: ['admin'] })),
  ])
  return Promise.all([...keys, ...services])
}

const recordsOf = (answer: unknown) => (answer as { records: unknown[] }).records
const textOf = (record: unknown) => (record as { value: { text: string } }).value.text
