import type { TestContext } from 'node:test'
import { rules } from './access-rules.ts'
import { type Answer, openDrive } from './drive.ts'
import type { Operation } from './operations.ts'

const compiler = {
  contract: 'A',
  settings: { evmVersion: 'x', optimizer: { enabled: true, runs: 1 }, viaIR: false },
}

/** A good body for every operation that takes JSON, with all that it may have. */
const goodBodies: Readonly<Record<string, object>> = {
  registerStatements: { statements: ['AA'] },
  writeRecords: {
    records: [{ key: 'a', contentType: 'text/x', value: { x: 1 }, private: { subject: 's' } }],
  },
  createWebhook: { url: 'http://127.0.0.1:1024/', filter: { key: 'k', contentType: 't' }, from: 0 },
  changeWebhook: { url: 'http://127.0.0.1:1024/', filter: { key: 'k' }, state: 'active' },
  replayWebhook: { from: 0 },
  acknowledgeEvents: { position: 0 },
  deployContract: { sources: { 'A.sol': '' }, ...compiler, name: 'new', value: '0', gas: 1 },
  registerContract: { address: `0x${'12'.repeat(20)}`, abi: [{ type: 'function' }] },
  verifyContract: { sources: { 'A.sol': '' }, ...compiler },
  compileContract: { sources: { 'A.sol': '' }, ...compiler },
  callContract: { from: `0x${'12'.repeat(20)}`, value: '0', block: 'latest' },
  estimateContract: { value: '0' },
  sendToContract: { value: '0', gas: 1 },
  sendTransaction: { to: 'box', data: '0x', value: '0', gas: 1 },
  certifyUser: { request: 'x' },
  endorseProposal: { proposal: '0x0a' },
}

/** What the writer names as he likes. */
const ofWriter = ['value', 'sources', 'abi']

type Path = readonly (string | number)[]

/** Places of all objects in a document, less what is the writer's own. */
function objectsIn(document: unknown, path: Path = []): Path[] {
  if (typeof document !== 'object' || document === null) return []
  const inside = Object.entries(document).flatMap(([name, one]) =>
    ofWriter.includes(name) ? [] : objectsIn(one, [...path, name]),
  )
  return Array.isArray(document) ? inside : [path, ...inside]
}

/** JSON text of a document with a member more, as text, in one of its objects. */
function withMember(document: object, path: Path, member: string): string {
  const mark = 'the member that is more'
  const copy = structuredClone(document)
  let at = copy as Record<string | number, never>
  for (const name of path) at = at[name] ?? at
  Object.assign(at, { [mark]: 0 })
  return JSON.stringify(copy).replace(`"${mark}":0`, member)
}

/** Every JSON body, with a member more in each of its objects in turn. */
export function bodiesWith(operation: Operation, members: readonly string[]): string[] {
  const good = goodBodies[operation.operationId]
  if (!good) return []
  return objectsIn(good).flatMap((path) => members.map((one) => withMember(good, path, one)))
}

export type Sent = { readonly operation: Operation; readonly body: string; readonly answer: Answer }

/**
 * A drive that sends bodies as the owner of `alpha`, and tells what it has: head of the ledger and
 * webhooks. Every operation that takes JSON has a good body here.
 */
export async function openBodies(t: TestContext) {
  const drive = await openDrive(t)
  const contracts = await openDrive(t, 'evm')
  const owner = drive.caller('alpha-owner')
  const takesJson = ({ bodyTypes }: Operation) => bodyTypes.includes('application/json')
  // The way into a network is for whoever has an invitation; here is no network.
  const isAsked = (one: Operation) => takesJson(one) && one.operationId !== 'joinNetwork'
  const operations = drive.operations.filter(isAsked)
  /** In a service of the kind that the operation is for. */
  const send = (operation: Operation, body: string) => {
    const rule = rules[operation.operationId]
    const kinds = rule?.kind === 'credential' ? rule.frameworks : undefined
    const isOfContracts = kinds?.includes('records') === false
    const { ask } = isOfContracts ? contracts : drive
    return ask(operation, owner, 'alpha', { type: 'application/json', body })
  }
  const had = async () => {
    const { body } = await drive.ask(drive.byId('listWebhooks'), owner, 'alpha')
    // Failed attempts to deliver go on beside.
    const webhooks = JSON.parse(body.toString(), (name, value) =>
      ['attempts', 'retryAt', 'failingSince'].includes(name) ? undefined : value,
    )
    return { changes: drive.changes() + contracts.changes(), webhooks }
  }
  async function sendAll(bodies: (operation: Operation) => readonly string[]): Promise<Sent[]> {
    const sent: Sent[] = []
    for (const operation of operations) {
      for (const body of bodies(operation)) {
        sent.push({ operation, body, answer: await send(operation, body) })
      }
    }
    return sent
  }
  const good = (operation: Operation) => JSON.stringify(goodBodies[operation.operationId])
  /** That a good body was; there are no channels here, whose users sign. */
  const isTaken = ({ operation: { operationId }, status, told }: Answer) => {
    const rule = rules[operationId]
    const isOfFabric = rule?.kind === 'credential' && rule.frameworks?.join() === 'fabric'
    return status < 300 || (isOfFabric && told === 'FRAMEWORK_DIFFERS')
  }
  return { ...drive, operations, owner, send, sendAll, had, good, isTaken }
}
