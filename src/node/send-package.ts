import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGatewayFetch } from '@openbsn/sdk'
import { readNode } from '../alliance/node-state.ts'
import type { Archives } from '../frameworks/fabric/packages/archives.ts'
import { packageError } from '../frameworks/fabric/packages/errors.ts'
import type { SentPackage } from '../gateway/served-ledger.ts'
import { parseJson } from '../kernel/json.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { readChannel } from '../services/fabric-state.ts'
import { readService } from '../services/service-state.ts'
import { answerBytes } from './answer-bytes.ts'
import { contractsOf } from './fabric-ledger.ts'

export type SendPackageDeps = {
  readonly ledger: Pick<Ledger, 'id' | 'get' | 'objects'>
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  readonly archives: Archives
  /** Keeps it for this node; @throws PACKAGE_* */
  readonly take: (digest: string, bytes: Readable) => Promise<void>
}

const [sendTimeoutMs, answerBytesMax] = [120_000, 16 * 1024]

/**
 * Gives a package that a contract of a service is defined with to each node of that service, this
 * one among them where it is one; what others say is told of each.
 * @throws PACKAGE_UNWANTED, and as `Archives.take`
 */
export function createSendPackage({ ledger, node, archives, take }: SendPackageDeps) {
  return async (service: string, digest: string, bytes: Readable): Promise<SentPackage[]> => {
    if (!contractsOf(ledger, service).some((one) => one.package === digest)) {
      throw packageError('PACKAGE_UNWANTED', `No contract of ${service} is defined with ${digest}.`)
    }
    const [own, nodes] = [node(), nodesOf(ledger, service)]
    const isHere = own !== undefined && (nodes.length === 0 || nodes.includes(own))
    const before = await archives.find(digest)
    await (isHere ? take(digest, bytes) : archives.take(digest, bytes))
    const others = nodes.filter((one) => one !== own)
    try {
      const kept = others.length === 0 ? Buffer.of() : await readFile(archives.pathOf(digest))
      const sent = others.map((one) => sendTo(one, { digest, bytes: kept, ledger }))
      return [...(isHere ? [{ node: own }] : []), ...(await Promise.all(sent))]
    } finally {
      if (!isHere && before === undefined) await archives.remove(digest)
    }
  }
}

/** That a service names, or its channel has. */
function nodesOf(ledger: SendPackageDeps['ledger'], service: string): string[] {
  const named = readService(ledger, service)?.nodes ?? []
  return [...new Set([...named, ...(readChannel(ledger, service)?.nodes ?? [])])]
}

type Sending = Pick<SendPackageDeps, 'ledger'> & {
  readonly digest: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What comes back is only told, so it does not matter who answers. */
async function sendTo(id: string, { ledger, digest, bytes }: Sending): Promise<SentPackage> {
  const facts = readNode(ledger, id)
  if (facts?.status !== 'active') return { node: id, problem: 'it is no active city node' }
  const gateway = facts.gateway.replace(/\/+$/, '')
  try {
    const answer = await createGatewayFetch({ ledger: ledger.id })(
      `${gateway}/api/v1/ledgers/${ledger.id}/packages/${digest}`,
      {
        method: 'PUT',
        headers: { 'content-type': 'application/gzip' },
        body: bytes,
        redirect: 'error',
        signal: AbortSignal.timeout(sendTimeoutMs),
      },
    )
    if (answer.ok) return { node: id }
    return { node: id, problem: await problemIn(answer) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { node: id, problem: `${gateway} was not reached: ${why}` }
  }
}

async function problemIn(answer: Response): Promise<string> {
  const bytes = (await answerBytes(answer, answerBytesMax)) ?? new Uint8Array()
  try {
    const { code, detail } = Object(parseJson(Buffer.from(bytes), { valuesMax: 100 }))
    if (typeof code === 'string' && typeof detail === 'string') return `${code}: ${detail}`
  } catch {
    // It is no problem of ours.
  }
  return `HTTP ${answer.status}`
}
