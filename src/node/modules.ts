import { allianceModule } from '../alliance/alliance-module.ts'
import type { Module } from '../ledger/modules/module.ts'
import { accountsModule } from '../services/account-module.ts'
import { blocksModule } from '../services/block-module.ts'
import { credentialsModule } from '../services/credential-module.ts'
import { fabricModule } from '../services/fabric-module.ts'
import { participantsModule } from '../services/participant-module.ts'
import { servicesModule } from '../services/service-module.ts'

/** Every control module above the ledger's own. */
export const modules: readonly Module[] = [
  allianceModule,
  servicesModule,
  participantsModule,
  credentialsModule,
  blocksModule,
  accountsModule,
  fabricModule,
]
