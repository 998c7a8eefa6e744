import { join } from 'node:path'
import type { Program } from '../../../engines/guarded-child.ts'
import { runTool } from '../channels/run-tool.ts'
import type { Ordering } from '../organisation/orderers.ts'
import { messageBytesMax, type NodeOptions, writeSettings } from './node-options.ts'

export type OrdererOptions = NodeOptions & {
  readonly ordering: Ordering
  /** Where this node alone, by its certificate, has it join and leave channels; on loopback. */
  readonly adminPort: number
}

/** Whether a program orders by BFT: what calls itself 3 does. @throws FABRIC_STEP_FAILED */
export async function ordersByBft(program: string): Promise<boolean> {
  const said = await runTool('the version of the orderer is asked', {
    path: program,
    args: ['version'],
  })
  return Number(/^ ?Version: v?(\d+)\./m.exec(said)?.[1] ?? 0) >= 3
}

/** By BFT this Fabric warns of every message and every transaction, that nothing is wrong with. */
const logged = {
  raft: 'warn',
  bft: 'warn:orderer.common.cluster.step=error:orderer.common.broadcast=error',
} as const satisfies Record<Ordering, string>

/** Writes the settings of an orderer; returns how it is run. */
export async function ordererProgram(options: OrdererOptions): Promise<Program> {
  const { program, folder } = options
  await writeSettings(folder, 'orderer.yaml', settingsOf(options))
  const env = { FABRIC_CFG_PATH: folder, FABRIC_LOGGING_SPEC: logged[options.ordering] }
  return { path: program, args: [], cwd: folder, env }
}

function settingsOf(options: OrdererOptions) {
  const { folder, mspId, identity, host, port, adminPort, ordering } = options
  const isBft = ordering === 'bft'
  const { certificate, key, root } = identity.tls
  const tls = { Enabled: true, Certificate: certificate, PrivateKey: key }
  return {
    General: {
      ListenAddress: host,
      ListenPort: port,
      TLS: { ...tls, RootCAs: [root], ClientAuthRequired: false },
      Keepalive: { ServerMinInterval: '60s', ServerInterval: '7200s', ServerTimeout: '20s' },
      MaxRecvMsgSize: messageBytesMax,
      MaxSendMsgSize: messageBytesMax,
      Cluster: {
        SendBufferSize: 100,
        // It asks itself, too, before it answers, and the others wait for it meanwhile.
        ...(isBft ? { DialTimeout: '2s' } : {}),
        ClientCertificate: certificate,
        ClientPrivateKey: key,
        RootCAs: [root],
      },
      BootstrapMethod: 'none',
      LocalMSPDir: identity.msp,
      LocalMSPID: mspId,
      BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } },
      Authentication: { TimeWindow: '15m' },
    },
    FileLedger: { Location: join(folder, 'data') },
    Operations: { ListenAddress: '127.0.0.1:0' },
    Metrics: { Provider: 'disabled' },
    Admin: {
      ListenAddress: `127.0.0.1:${adminPort}`,
      TLS: { ...tls, RootCAs: [root], ClientAuthRequired: true, ClientRootCAs: [root] },
    },
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '1 MB' },
    Consensus: {
      // Releases of Fabric 3 take channels of both kinds, and do not know this.
      ...(isBft ? { Type: 'BFT' } : {}),
      WALDir: join(folder, 'data/wal'),
      SnapDir: join(folder, 'data/snap'),
    },
  }
}
