import { hasLedger } from '../ledger/open-ledger.ts'
import { createSandbox, homePaths } from './create-home.ts'
import { environmentHome } from './environment.ts'
import { type HomeSecrets, openHomeSecrets } from './home-secrets.ts'
import { type EnvironmentDeps, type OpenEnvironment, openEnvironment } from './open-environment.ts'

/** A sandbox takes little of the machine: one thread, and 0.7 MB for new acts instead of 23. */
const sandboxSize = { workers: 1, memtableEntries: 2 ** 14 }

type Sandbox = {
  readonly home: string
  readonly name: string
  readonly readOnly: boolean
  readonly kek: string
}

/** Made where it is missing. What is wrong with it keeps nobody from the live ledger. */
export async function openSandbox(
  { home, name, readOnly, kek }: Sandbox,
  deps: Omit<EnvironmentDeps, 'secrets'>,
): Promise<OpenEnvironment | undefined> {
  const own = environmentHome(home, 'sandbox')
  const { ledger } = homePaths(own)
  let secrets: HomeSecrets | undefined
  try {
    if (!hasLedger(ledger) && !readOnly) await createSandbox({ home, name }, deps)
    if (!hasLedger(ledger)) return undefined
    secrets = readOnly ? undefined : openHomeSecrets({ home: own, kek }, deps)
    const { operatorKey } = homePaths(own)
    const options = { home, own, operatorKey, readOnly, ...sandboxSize }
    return openEnvironment(options, { ...deps, secrets })
  } catch (error) {
    await secrets?.payloads.close()
    deps.logger.error({ event: 'sandbox.unusable', err: error }, 'the sandbox is not served')
    return undefined
  }
}
