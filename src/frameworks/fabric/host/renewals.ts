import type { Clock } from '../../../kernel/clock.ts'
import type { PeerClient } from '../channels/connect-channel.ts'
import { connectOrganisation } from '../channels/open-channel.ts'
import type { Organisation } from '../organisation/open-organisation.ts'

/** Between two looks at certificates, and before another try where one failed. */
export const renewalsEveryMs = 3_600_000
const retrySeconds = 60
const renewTimeoutMs = 180_000

/** Keeps the certificates of an organisation from their end, and the way to its peer by them. */
export class Renewals {
  readonly #organisation: Organisation
  readonly #clock: Clock
  #client: PeerClient
  /** What is under way in the name of the certificate before ends by itself. */
  #before: PeerClient | undefined
  #nextSeconds = 0

  private constructor(organisation: Organisation, clock: Clock, client: PeerClient) {
    this.#organisation = organisation
    this.#clock = clock
    this.#client = client
  }

  /** Of an organisation that runs. */
  static async open(organisation: Organisation, clock: Clock): Promise<Renewals> {
    return new Renewals(organisation, clock, await connectOrganisation(organisation))
  }

  /** The way to the peer as the organisation's gateway: another one after a renewal. */
  get client(): PeerClient {
    return this.#client
  }

  /** Renews what ends soon, looked for once in an hour. @throws FABRIC_ENROLL_FAILED, ENGINE_* */
  async advance(): Promise<void> {
    const nowSeconds = this.#clock.nowSeconds()
    if (nowSeconds < this.#nextSeconds) return
    this.#nextSeconds = nowSeconds + retrySeconds
    const renewed = await this.#organisation.renew(AbortSignal.timeout(renewTimeoutMs))
    if (renewed.includes('gateway')) {
      const client = await connectOrganisation(this.#organisation)
      this.#before?.close()
      this.#before = this.#client
      this.#client = client
    }
    this.#nextSeconds = nowSeconds + renewalsEveryMs / 1000
  }

  close(): void {
    this.#before?.close()
    this.#client.close()
  }
}
