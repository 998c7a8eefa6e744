/** How much sandboxes may take, and how often they are saved. */
export type SandboxLimits = {
  /** Chains that run at one time on this node. */
  readonly awakeMax: number
  /** A chain that nobody asks for so long is saved and stopped. */
  readonly idleMs: number
  /** Between snapshots of a chain that changes; longer where one takes long. */
  readonly saveIntervalMs: number
  /** Of a packed snapshot. A larger chain takes no more transactions. */
  readonly stateBytesMax: number
  /** Of one engine. One that takes more is saved, stopped, and woken without its history. */
  readonly memoryBytesMax: number
  /** Calls under way in one chain, and those that wait for it. */
  readonly callsMax: number
  readonly waitingMax: number
  readonly answerBytesMax: number
  /** Transactions that wait in one engine for a block; a single call may have more. */
  readonly pendingMax: number
  readonly callTimeoutMs: number
  readonly wakeTimeoutMs: number
  /** Of a block, and so of a transaction. */
  readonly gasLimit: number
}

export const sandboxLimits: SandboxLimits = {
  awakeMax: 16,
  idleMs: 60_000,
  saveIntervalMs: 5000,
  stateBytesMax: 64 * 1024 * 1024,
  memoryBytesMax: 512 * 1024 * 1024,
  callsMax: 16,
  waitingMax: 1024,
  answerBytesMax: 32 * 1024 * 1024,
  pendingMax: 100,
  callTimeoutMs: 30_000,
  wakeTimeoutMs: 15_000,
  gasLimit: 60_000_000,
}
