import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Certificate } from 'pkijs'
import { readConfig, withMembers } from '../../src/frameworks/fabric/channels/channel-config.ts'
import {
  computeUpdate,
  signUpdate,
  submitUpdate,
} from '../../src/frameworks/fabric/channels/config-update.ts'
import { channelOn, memberOf } from '../../src/frameworks/fabric/channels/open-channel.ts'
import { Renewals } from '../../src/frameworks/fabric/host/renewals.ts'
import {
  identityNames,
  organisationFiles,
  readIdentity,
} from '../../src/frameworks/fabric/organisation/identities.ts'
import type { Organisation } from '../../src/frameworks/fabric/organisation/open-organisation.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { FabricNetwork, placeOf } from '../../src/testing/fabric-network.ts'
import { skipUnless } from '../../src/testing/needs.ts'

const [channel, daySeconds] = ['renewed', 86_400]

async function certificatesOf({ options }: Organisation): Promise<X509Certificate[]> {
  const files = organisationFiles(options.folder)
  const paths = identityNames.flatMap((name) => {
    const { signing, tls } = files.of(name)
    return signing === lastingOf({ options }) ? [tls.certificate] : [signing, tls.certificate]
  })
  return Promise.all(paths.map(certificateIn))
}

const certificateIn = async (path: string) => new X509Certificate(await readFile(path))

/** What a channel by BFT knows its orderer by. */
const lastingOf = ({ options: { folder } }: Pick<Organisation, 'options'>) =>
  organisationFiles(folder).of('bft-orderer').signing

const keysOf = (all: readonly X509Certificate[]) =>
  all.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }))
const serialsOf = (all: readonly X509Certificate[]) => all.map(({ serialNumber }) => serialNumber)

describe('certificates of an organisation of Fabric', skipUnless('fabric'), () => {
  let network: FabricNetwork
  let alpha: Organisation
  let renewals: Renewals
  let movedDays = 0
  const clock: Clock = {
    nowSeconds: () => Math.floor(Date.now() / 1000) + movedDays * daySeconds,
  }
  before(async () => {
    network = await FabricNetwork.create(undefined, clock)
    await network.openChannel(channel, { notes: 'notes' })
    const [first] = network.organisations
    assert(first)
    alpha = first
    renewals = await Renewals.open(alpha, clock)
  })
  after(async () => {
    renewals?.close()
    await network?.close()
  })

  const put = async (id: string) => {
    const { network: on } = channelOn(renewals.client, channel)
    const sent = on.getContract('notes').submitAsync('put', { arguments: [id, 'text'] })
    // What an orderer took that ended before it had it from the others is in no block.
    return (await (await sent).getStatus({ deadline: Date.now() + 5000 })).successful
  }

  it('stay as they are while they are good for long', async () => {
    const first = serialsOf(await certificatesOf(alpha))
    await renewals.advance()
    assert.deepEqual(serialsOf(await certificatesOf(alpha)), first)
    assert.ok(await put('before'))
  })

  it('are renewed ahead of their end, for the same keys, and all goes on', async () => {
    const [first, lasting] = [await certificatesOf(alpha), await certificateIn(lastingOf(alpha))]
    movedDays = 340
    await renewals.advance()
    assert.equal((await certificateIn(lastingOf(alpha))).serialNumber, lasting.serialNumber)
    const { root } = organisationFiles(alpha.options.folder)
    assert.equal(lasting.validTo, (await certificateIn(root)).validTo)
    const next = await certificatesOf(alpha)
    assert.equal(new Set(serialsOf([...first, ...next])).size, 2 * first.length)
    assert.deepEqual(keysOf(next), keysOf(first))
    assert.ok(await eventually(() => put('after')))
  })

  it('are looked for once in an hour', async () => {
    const first = serialsOf(await certificatesOf(alpha))
    await renewals.advance()
    assert.deepEqual(serialsOf(await certificatesOf(alpha)), first)
  })

  it('of an orderer get into the settings of the channel', async () => {
    const { organisations } = network
    const place = placeOf(alpha, organisations)
    const members = organisations.map((one) => memberOf(one, 'raft'))
    const change = async () => {
      const present = await readConfig(place, channel)
      const next = await withMembers(place.programs, present, { channel, members })
      return computeUpdate(place.programs, channel, { present, next })
    }
    const update = await change()
    assert(update, 'the certificate is another one')
    const signatures = await Promise.all(
      organisations.map(async ({ mspId, options: { folder } }) =>
        signUpdate(update, { mspId, ...(await readIdentity(folder, 'admin')) }),
      ),
    )
    await submitUpdate(place, channel, { update, signatures })
    assert.ok(await eventually(async () => (await change()) === undefined))
    assert.ok(await eventually(() => put('with another consenter')))
  })
})

it(
  'a node that was off until its certificates ended has others before its programs start',
  skipUnless('fabric'),
  async (t) => {
    const network = await FabricNetwork.create()
    t.after(() => network.close())
    const [beta] = network.organisations
    assert(beta)
    const { signing } = organisationFiles(beta.options.folder).of('peer')
    const isOver = async () => Date.parse((await certificateIn(signing)).validTo) < Date.now()
    await writeFile(signing, await endedCertificate(beta, signing))
    assert.ok(await isOver())
    await beta.stop()
    await beta.start(AbortSignal.timeout(60_000))
    assert.equal(await isOver(), false)
  },
)

/** As its certificate authority would have issued it, but for its end, which was yesterday. */
async function endedCertificate({ options }: Organisation, path: string): Promise<string> {
  const pem = await readFile(path, 'utf8')
  const certificate = Certificate.fromBER(new X509Certificate(pem).raw)
  certificate.notBefore.value = new Date(Date.now() - 2 * daySeconds * 1000)
  certificate.notAfter.value = new Date(Date.now() - daySeconds * 1000)
  const [file] = globSync(join(options.folder, 'ca/msp/keystore/*_sk'))
  const key = createPrivateKey(await readFile(String(file)))
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  await certificate.sign(key.toCryptoKey(curve, true, ['sign']) as CryptoKey, 'SHA-256')
  return new X509Certificate(Buffer.from(certificate.toSchema().toBER())).toString()
}

/** True as soon as it is; the last error where it never is in half a minute. */
async function eventually(ask: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + 30_000
  for (;;) {
    const last = await ask().catch((error: unknown) => {
      if (performance.now() > until) throw error
      return false
    })
    if (last || performance.now() > until) return last
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
