/** An organisation of a channel, as the others know it. */
export type ChannelMember = {
  readonly mspId: string
  /** Folder with the certificates that issue its own, and no key. */
  readonly msp: string
  /** Where its peer is; each organisation has one that others ask for blocks and endorsements. */
  readonly peer: { readonly host: string; readonly port: number }
  /** Where it orders; undefined where it does not. */
  readonly orderer?: ChannelOrderer
}

export type ChannelOrderer = {
  readonly host: string
  readonly port: number
  /** File of its certificate for TLS, by which the other orderers of Raft know it. */
  readonly certificate: string
  /** Of one that orders by BFT: so do all of a channel, or none. */
  readonly bft?: {
    /** File of the certificate that it signs blocks with, by which the others know it. */
    readonly identity: string
    /** Its number in the channel; where absent as they come, from 1 on. */
    readonly id?: number | undefined
  }
}

/** The name under which `configtxgen` finds the settings of a channel. */
export const profileName = 'Channel'

/**
 * What `configtxgen` makes a channel's first block of. The organisations have one vote each, and
 * most of them decide on contracts and on the channel.
 */
export function channelSettings(members: readonly ChannelMember[]) {
  const orderers = members.flatMap(({ orderer }) => orderer ?? [])
  const ordering = members.filter(({ orderer }) => orderer !== undefined)
  const majority = (of: string) => ({ Type: 'ImplicitMeta', Rule: `MAJORITY ${of}` })
  const any = (of: string) => ({ Type: 'ImplicitMeta', Rule: `ANY ${of}` })
  const policies = { Readers: any('Readers'), Writers: any('Writers'), Admins: majority('Admins') }
  return {
    Profiles: {
      [profileName]: {
        Policies: policies,
        Capabilities: orderers.some(({ bft }) => bft) ? { V3_0: true } : { V2_0: true },
        Orderer: {
          ...consensusOf(ordering),
          BatchTimeout: '200ms',
          BatchSize: {
            MaxMessageCount: 500,
            AbsoluteMaxBytes: '10 MB',
            PreferredMaxBytes: '2 MB',
          },
          Organizations: ordering.map(organisationOf),
          Policies: { ...policies, BlockValidation: any('Writers') },
          Capabilities: { V2_0: true },
        },
        Application: {
          Organizations: members.map(organisationOf),
          Policies: {
            ...policies,
            LifecycleEndorsement: majority('Endorsement'),
            Endorsement: majority('Endorsement'),
          },
          Capabilities: { V2_5: true },
        },
      },
    },
  }
}

const raft = {
  TickInterval: '200ms',
  ElectionTick: 10,
  HeartbeatTick: 1,
  MaxInflightBlocks: 5,
  SnapshotIntervalSize: '16 MB',
}

/** Time enough for nodes on several continents; without its leader a channel waits some seconds. */
const smartBft = {
  RequestBatchMaxCount: 500,
  RequestBatchMaxBytes: 2 * 1024 * 1024,
  RequestBatchMaxInterval: '200ms',
  IncomingMessageBufferSize: 1000,
  RequestPoolSize: 4000,
  RequestForwardTimeout: '2s',
  RequestComplainTimeout: '4s',
  RequestAutoRemoveTimeout: '3m',
  ViewChangeResendInterval: '2s',
  ViewChangeTimeout: '10s',
  LeaderHeartbeatTimeout: '10s',
  LeaderHeartbeatCount: 10,
  CollectTimeout: '1s',
  SyncOnStart: true,
  SpeedUpViewChange: false,
}

/** Which consensus, and among whom. */
function consensusOf(members: readonly ChannelMember[]) {
  const orderers = members.flatMap(({ mspId, orderer }) => (orderer ? { ...orderer, mspId } : []))
  if (!orderers.some(({ bft }) => bft)) {
    return {
      OrdererType: 'etcdraft',
      EtcdRaft: { Consenters: orderers.map(consenterOf), Options: raft },
    }
  }
  const numbered = orderers.map(({ bft, mspId, ...orderer }, place) => ({
    ...{ ID: bft?.id ?? place + 1, MSPID: mspId, Identity: bft?.identity },
    ...consenterOf(orderer),
  }))
  return { OrdererType: 'BFT', SmartBFT: smartBft, ConsenterMapping: numbered }
}

const consenterOf = ({ host, port, certificate }: ChannelOrderer) => ({
  Host: host,
  Port: port,
  ClientTLSCert: certificate,
  ServerTLSCert: certificate,
})

function organisationOf({ mspId, msp, peer, orderer }: ChannelMember) {
  const rule = (...roles: string[]) => ({
    Type: 'Signature',
    Rule: `OR(${roles.map((role) => `'${mspId}.${role}'`).join(', ')})`,
  })
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: msp,
    Policies: {
      Readers: rule('member'),
      Writers: rule('member'),
      Admins: rule('admin'),
      Endorsement: rule('peer'),
    },
    AnchorPeers: [{ Host: peer.host, Port: peer.port }],
    ...(orderer ? { OrdererEndpoints: [`${orderer.host}:${orderer.port}`] } : {}),
  }
}
