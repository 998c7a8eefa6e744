/** What CometBFT says of itself and the nodes that it is connected to. */
export type CometStatus = {
  /** CometBFT's name of this node. */
  readonly id: string
  readonly height: number
  /** True while it takes in blocks that the others have. */
  readonly catchingUp: boolean
  readonly peers: readonly { readonly id: string; readonly address: string }[]
}

/** Of the answers to `status` and `net_info`; what is missing there is empty here. */
export function readStatus(status: unknown, netInfo: unknown): CometStatus {
  const node = at(status, 'node_info')
  const sync = at(status, 'sync_info')
  const peers = at(netInfo, 'peers')
  return {
    id: textOf(at(node, 'id')),
    height: Number(at(sync, 'latest_block_height') ?? 0),
    catchingUp: at(sync, 'catching_up') === true,
    peers: (Array.isArray(peers) ? peers : []).map((one: unknown) => ({
      id: textOf(at(at(one, 'node_info'), 'id')),
      address: textOf(at(one, 'remote_ip')),
    })),
  }
}

function at(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
