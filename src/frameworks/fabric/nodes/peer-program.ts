import { join } from 'node:path'
import type { Program } from '../../../engines/guarded-child.ts'
import { messageBytesMax, type NodeOptions, writeSettings } from './node-options.ts'

export type PeerOptions = NodeOptions & {
  /** For contracts that come to the peer; on loopback. */
  readonly contractPort: number
  /** Folder of the builder that takes contracts which run as services. */
  readonly builder: string
}

/** Writes the settings of a peer; returns how it is run. */
export async function peerProgram(options: PeerOptions): Promise<Program> {
  const { program, folder } = options
  await writeSettings(folder, 'core.yaml', settingsOf(options))
  return { path: program, args: ['node', 'start'], cwd: folder, env: peerEnvironment(folder) }
}

/** For the commands of the same program, too. */
export const peerEnvironment = (folder: string) => ({
  FABRIC_CFG_PATH: folder,
  FABRIC_LOGGING_SPEC: 'warn',
  // Contracts run as services of ours: Docker is never looked for.
  CORE_VM_ENDPOINT: '',
})

function settingsOf({ folder, mspId, identity, host, port, contractPort, builder }: PeerOptions) {
  const address = `${host}:${port}`
  const contractAddress = `127.0.0.1:${contractPort}`
  const file = (path: string) => ({ file: path })
  const { tls } = identity
  return {
    peer: {
      id: `${mspId}-${port}`,
      networkId: 'openbsn',
      listenAddress: address,
      address,
      chaincodeListenAddress: contractAddress,
      chaincodeAddress: contractAddress,
      gateway: {
        enabled: true,
        endorsementTimeout: '30s',
        broadcastTimeout: '30s',
        dialTimeout: '30s',
      },
      keepalive: {
        interval: '7200s',
        timeout: '20s',
        minInterval: '60s',
        client: { interval: '60s', timeout: '20s' },
        deliveryClient: { interval: '60s', timeout: '20s' },
      },
      gossip: { ...gossip, bootstrap: address, externalEndpoint: address },
      tls: {
        enabled: true,
        clientAuthRequired: false,
        cert: file(tls.certificate),
        key: file(tls.key),
        rootcert: file(tls.root),
      },
      authentication: { timewindow: '15m' },
      fileSystemPath: join(folder, 'data'),
      BCCSP: { Default: 'SW', SW: { Hash: 'SHA2', Security: 256 } },
      mspConfigPath: identity.msp,
      localMspId: mspId,
      localMspType: 'bccsp',
      client: { connTimeout: '3s' },
      deliveryclient: {
        blockGossipEnabled: false,
        reconnectTotalTimeThreshold: '8760h',
        connTimeout: '3s',
        reConnectBackoffThreshold: '10s',
      },
      handlers: {
        authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }],
        decorators: [{ name: 'DefaultDecorator' }],
        endorsers: { escc: { name: 'DefaultEndorsement' } },
        validators: { vscc: { name: 'DefaultValidation' } },
      },
      discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1000 },
      limits: {
        concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 2500 },
      },
      maxRecvMsgSize: messageBytesMax,
      maxSendMsgSize: messageBytesMax,
    },
    chaincode: {
      externalBuilders: [{ name: 'service', path: builder }],
      installTimeout: '60s',
      startuptimeout: '60s',
      executetimeout: '30s',
      mode: 'net',
      system: { _lifecycle: 'enable', cscc: 'enable', lscc: 'enable', qscc: 'enable' },
      logging: { level: 'info', shim: 'warning' },
    },
    ledger: { ...ledger, snapshots: { rootDir: join(folder, 'snapshots') } },
    operations: { listenAddress: '127.0.0.1:0' },
    metrics: { provider: 'disabled' },
  }
}

const ledger = {
  state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
  history: { enableHistoryDatabase: true },
  pvtdataStore: {
    collElgProcMaxDbBatchSize: 5000,
    collElgProcDbBatchesInterval: 1000,
    deprioritizedDataReconcilerInterval: '60m',
    purgeInterval: 100,
  },
}

/** Peers of one service are few: each fetches its blocks from the orderers itself. */
const gossip = {
  useLeaderElection: false,
  orgLeader: true,
  membershipTrackerInterval: '5s',
  maxBlockCountToStore: 10,
  maxPropagationBurstLatency: '10ms',
  maxPropagationBurstSize: 10,
  propagateIterations: 1,
  propagatePeerNum: 3,
  pullInterval: '4s',
  pullPeerNum: 3,
  requestStateInfoInterval: '4s',
  publishStateInfoInterval: '4s',
  publishCertPeriod: '10s',
  dialTimeout: '3s',
  connTimeout: '2s',
  recvBuffSize: 20,
  sendBuffSize: 200,
  digestWaitTime: '1s',
  requestWaitTime: '1500ms',
  responseWaitTime: '2s',
  aliveTimeInterval: '5s',
  aliveExpirationTimeout: '25s',
  // Of peers that start at one time, one is not there yet when the other asks first.
  reconnectInterval: '3s',
  maxConnectionAttempts: 120,
  msgExpirationFactor: 20,
  election: {
    startupGracePeriod: '15s',
    membershipSampleInterval: '1s',
    leaderAliveThreshold: '10s',
    leaderElectionDuration: '5s',
  },
  pvtData: {
    pullRetryThreshold: '60s',
    transientstoreMaxBlockRetention: 1000,
    pushAckTimeout: '3s',
    btlPullMargin: 10,
    reconcileBatchSize: 10,
    reconcileSleepInterval: '1m',
    reconciliationEnabled: true,
    implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
  },
  state: { enabled: false },
}
