import type { NetworkFault } from './network-arena.ts'
import {
  cutOne,
  deaf,
  loss,
  mute,
  oneByOne,
  pauseLeader,
  ring,
  splitInHalf,
} from './network-cuts.ts'
import { clonedKey, emptyDisk, fullDisk } from './network-disks.ts'
import {
  killAll,
  killApplication,
  killAtReplay,
  killEngine,
  killGateway,
  killOneByOne,
} from './network-kills.ts'
import { rollingUpgrade } from './network-upgrade.ts'

/** What every run of the tests does to a network, in this order. */
export const usualFaults: readonly NetworkFault[] = [
  ...[killGateway, killEngine, splitInHalf, killApplication, killAll],
]

/** What `npm run test:long` does: all that leaves something to chance, and the rest. */
export const chancyFaults: readonly NetworkFault[] = [
  ...[killGateway, killEngine, killApplication, killAtReplay, killAll, killOneByOne],
  ...[splitInHalf, cutOne, deaf, mute, ring, oneByOne, loss, pauseLeader],
]
export const longFaults: readonly NetworkFault[] = [
  ...chancyFaults,
  ...[fullDisk, rollingUpgrade, emptyDisk, clonedKey],
]
