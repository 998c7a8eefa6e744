import { createHash, type KeyObject } from 'node:crypto'
import { credentials } from '@grpc/grpc-js'
import type { Gateway, Network, Signer } from '@hyperledger/fabric-gateway'
import { connect, hash, signers } from '@hyperledger/fabric-gateway'
import { discovery } from '@hyperledger/fabric-protos'
import type { Enrolled } from '../organisation/ca-client.ts'
import { signLowS } from '../organisation/low-s.ts'
import { creatorOf } from '../transactions/proposals.ts'
import { knowsEndorsers } from './discover-endorsers.ts'

export type ConnectOptions = {
  /** Of a peer of the own organisation, such as `127.0.0.1:7051`. */
  readonly address: string
  /** Who issues its certificate, in PEM. */
  readonly root: string
  /** The name in that certificate; `localhost`, which all of ours have, where absent. */
  readonly serverName?: string | undefined
  readonly mspId: string
  /** Signs transactions. */
  readonly identity: Enrolled
}

/** A way to the channels of one peer. */
export interface PeerClient {
  readonly gateway: Gateway
  network(channel: string): Network
  /** Whether a call of a contract can be endorsed now, as the peer knows others. */
  canEndorse(channel: string, contract: string): Promise<boolean>
  close(): void
}

/** Every wait has an end: evaluating, endorsing, submitting, and until it is in a block. */
const deadlinesMs = { evaluate: 20_000, endorse: 30_000, submit: 10_000, commitStatus: 60_000 }

/** Connects when it is asked for something first. */
export function connectPeer({
  address,
  root,
  serverName = 'localhost',
  mspId,
  identity,
}: ConnectOptions): PeerClient {
  const client = new discovery.DiscoveryClient(address, credentials.createSsl(Buffer.from(root)), {
    // Of a peer that comes back it is known soon.
    'grpc.max_reconnect_backoff_ms': 2000,
    'grpc.max_receive_message_length': -1,
    // Each certificate is for this name as well; RFC 6066 takes no address for one.
    'grpc.ssl_target_name_override': serverName,
  })
  const nowMs = () => performance.timeOrigin + performance.now()
  const signer = signerOf(identity.key)
  const creator = creatorOf(mspId, identity.certificate)
  const within = (ms: number) => () => ({ deadline: nowMs() + ms })
  const gateway = connect({
    client,
    hash: hash.none,
    identity: { mspId, credentials: Buffer.from(identity.certificate) },
    signer,
    evaluateOptions: within(deadlinesMs.evaluate),
    endorseOptions: within(deadlinesMs.endorse),
    submitOptions: within(deadlinesMs.submit),
    commitStatusOptions: within(deadlinesMs.commitStatus),
  })
  return {
    gateway,
    network: (channel) => gateway.getNetwork(channel),
    canEndorse: (channel, contract) =>
      knowsEndorsers({ channel, contract }, { client, creator, signer }),
    close: () => {
      gateway.close()
      client.close()
    },
  }
}

/**
 * Signs whole messages. The library's own signer of ECDSA is in JavaScript: two signatures of it
 * were 0.9 ms of each transaction, those of OpenSSL are 0.06.
 */
export function signerOf(key: KeyObject): Signer {
  if (key.asymmetricKeyType !== 'ec') return signers.newPrivateKeySigner(key)
  return async (message) => signLowS(message, key)
}

/** A chain number for a channel, as registered blocks have one: 32 bits of its name's hash. */
export function channelNumber(channel: string): number {
  return createHash('sha256').update(channel).digest().readUInt32BE(0)
}
