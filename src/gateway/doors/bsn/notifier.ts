import type { common } from '@hyperledger/fabric-protos'
import { isCodedError } from '@openbsn/sdk'
import { pause } from '../../../engines/pause.ts'
import { readBlock } from '../../../frameworks/fabric/blocks/read-block.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Access } from '../../access/access.ts'
import type { Sender } from '../../webhooks/sender.ts'
import type { Application } from './application.ts'
import { eventKey } from './event-key.ts'
import type { EventStore, Registration } from './event-store.ts'
import type { GatewayKeys } from './gateway-keys.ts'
import { noticeText } from './mac-text.ts'
import { noticesOf } from './notices.ts'

export type NotifierOptions = {
  /** Before each delivery that repeats one; as many as there are. */
  readonly waitsMs?: readonly number[]
}

export type NotifierDeps = {
  readonly store: EventStore
  readonly sender: Sender
  readonly gatewayKeys: GatewayKeys
  readonly access: Pick<Access, 'whyNoMore'>
  /** As the state has it now. @throws where it is no application now */
  readonly applicationOf: (registration: Registration) => Application
  readonly onProblem: (registration: Registration, problem: unknown) => void
}

/** As the protocol has it: five deliveries in all. */
const usualWaitsMs = [3000, 12_000, 27_000, 48_000]
/** While the channel or its peer is not there. */
const retryMs = 1000

/**
 * Tells applications of events and blocks. What one of them does not acknowledge in five deliveries
 * is given up, and the next one's turn comes.
 */
export class Notifier {
  readonly #waitsMs: readonly number[]
  readonly #deps: NotifierDeps
  readonly #running = new Map<string, { stop: AbortController; ended: Promise<void> }>()

  constructor({ waitsMs = usualWaitsMs }: NotifierOptions, deps: NotifierDeps) {
    this.#waitsMs = waitsMs
    this.#deps = deps
  }

  add(registration: Registration): void {
    const stop = new AbortController()
    const ended = this.#follow(registration, stop.signal)
    this.#running.set(registration.id, { stop, ended })
  }

  remove(id: string): void {
    this.#running.get(id)?.stop.abort()
    this.#running.delete(id)
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()]
    for (const { stop } of all) stop.abort()
    await Promise.all(all.map(({ ended }) => ended))
  }

  async #follow(registration: Registration, signal: AbortSignal): Promise<void> {
    const place = { position: registration.position }
    let told = ''
    while (!signal.aborted) {
      try {
        await this.#readOn(registration, place, signal)
      } catch (error) {
        const said = String(error)
        if (!signal.aborted && said !== told) this.#deps.onProblem(registration, error)
        told = said
      }
      await pause(retryMs, signal)
    }
  }

  /** Until the peer ends it. */
  async #readOn(registration: Registration, place: { position: number }, signal: AbortSignal) {
    const { hosted } = this.#deps.applicationOf(registration)
    const isWanted = registration.kind === 'block' ? () => true : eventKey(registration.eventKey)
    const network = hosted.client.network(hosted.name)
    const blocks = await network.getBlockEvents({ startBlock: BigInt(place.position) })
    const close = () => blocks.close()
    signal.addEventListener('abort', close, { once: true })
    try {
      for await (const block of blocks) {
        const about = { mspId: hosted.mspId, isWanted }
        await this.#tell(registration, noticesOf(readBlock(block), registration, about), signal)
        if (signal.aborted) return
        place.position = heightOf(block) + 1
        this.#deps.store.reached(registration.id, place.position)
      }
    } finally {
      signal.removeEventListener('abort', close)
      blocks.close()
    }
  }

  async #tell(registration: Registration, notices: readonly JsonObject[], signal: AbortSignal) {
    for (const notice of notices) {
      const key = this.#algorithmFor(registration)
      if (key && !signal.aborted) await this.#deliver(registration, notice, key, signal)
    }
  }

  /** Undefined where nothing is told now: what comes in that time is not told later. */
  #algorithmFor(registration: Registration) {
    try {
      const { served, caller, keys } = this.#deps.applicationOf(registration)
      const need = { served, service: caller.service, scope: 'webhooks:write', function: 'events' }
      const refusal = this.#deps.access.whyNoMore(caller, need as Need)
      return refusal ? undefined : keys[0].algorithm
    } catch (error) {
      if (isCodedError(error)) return undefined
      throw error
    }
  }

  async #deliver(
    { userCode, application: appCode, url }: Registration,
    notice: JsonObject,
    algorithm: Application['keys'][0]['algorithm'],
    signal: AbortSignal,
  ): Promise<void> {
    const { macOf } = await this.#deps.gatewayKeys.of(algorithm)
    const named = { userCode, appCode }
    const mac = macOf(noticeText(named, notice))
    const body = JSON.stringify({ header: named, mac, body: notice })
    const headers = { 'content-type': 'application/json', 'user-agent': 'OpenBSN-Webhooks/1' }
    const posted = { url: new URL(url), headers, body, expects: 'success' }
    for (const waitMs of [0, ...this.#waitsMs]) {
      if (waitMs > 0) await pause(waitMs, signal)
      if (signal.aborted) return
      const { reason } = await this.#deps.sender.post(posted, signal)
      if (reason === undefined) return
    }
  }
}

type Need = Parameters<Access['whyNoMore']>[1]

const heightOf = (block: common.Block) => block.getHeader()?.getNumber() ?? 0
