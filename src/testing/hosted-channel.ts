import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newCertificateKey } from '../crypto/certificates.ts'
import { createEngine } from '../engines/engine.ts'
import { connectPeer } from '../frameworks/fabric/channels/connect-channel.ts'
import { connectOrganisation } from '../frameworks/fabric/channels/open-channel.ts'
import type { HostedChannel } from '../frameworks/fabric/hosted-channel.ts'
import { listens } from '../frameworks/fabric/nodes/listens.ts'
import { CaClient } from '../frameworks/fabric/organisation/ca-client.ts'
import { caProgram, registrarName } from '../frameworks/fabric/organisation/ca-program.ts'
import { organisationFiles } from '../frameworks/fabric/organisation/identities.ts'
import type { Organisation } from '../frameworks/fabric/organisation/open-organisation.ts'
import { systemClock } from '../kernel/clock.ts'

/** A channel that an organisation has joined, as a node would have it; close its client. */
export async function hostedChannel(
  { options, mspId }: Organisation,
  name: string,
): Promise<HostedChannel> {
  const { folder, host, ports, caServer } = options
  const client = await connectOrganisation({ options, mspId } as Organisation)
  const root = await readFile(organisationFiles(folder).root, 'utf8')
  const address = `${host}:${ports.peer}`
  let last: Promise<unknown> = Promise.resolve()
  const runCa: HostedChannel['withCa'] = async (run) => {
    const secret = await readFile(join(folder, 'registrar.secret'), 'utf8')
    const place = { folder: join(folder, 'ca'), organisation: options.name, port: ports.ca }
    const program = await caProgram({ ...place, program: caServer, secret })
    const engine = createEngine(
      { name: 'fabric-ca', program, folder: join(folder, 'engines/ca'), probeIntervalMs: 200 },
      { clock: systemClock, probe: () => listens(ports.ca) },
    )
    await engine.start(AbortSignal.timeout(60_000))
    try {
      const ca = new CaClient(`http://127.0.0.1:${ports.ca}`)
      const own = { name: registrarName, secret, key: newCertificateKey() }
      return await run(ca, await ca.enroll(own))
    } finally {
      await engine.stop()
    }
  }
  return {
    ...{ name, mspId, client },
    connectAs: (identity) => connectPeer({ address, root, mspId, identity }),
    withCa(run) {
      // It has one port, so that it runs for one at a time.
      const ran = last.then(() => runCa(run))
      last = ran.catch(() => undefined)
      return ran
    },
  }
}
