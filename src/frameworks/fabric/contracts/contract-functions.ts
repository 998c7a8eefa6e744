import type { ChaincodeInterface, ChaincodeResponse, ChaincodeStub } from 'fabric-shim'
import shim from 'fabric-shim'

/** What a function of a contract returns: text, or undefined for nothing. What it throws refuses. */
export type ContractFunction = (
  stub: ChaincodeStub,
  args: readonly string[],
) => Promise<string | undefined> | string | undefined

/** What a peer is told where a contract has no function of a name. */
export const functionUnknown = 'FUNCTION_UNKNOWN'

/** A contract of functions by their names, as the peer asks it. */
export function contractOf(functions: Readonly<Record<string, ContractFunction>>) {
  const contract: ChaincodeInterface = {
    Init: async () => shim.success(),
    Invoke: async (stub) => invoke(stub, functions),
  }
  return contract
}

async function invoke(
  stub: ChaincodeStub,
  functions: Readonly<Record<string, ContractFunction>>,
): Promise<ChaincodeResponse> {
  const { fcn: name, params } = stub.getFunctionAndParameters()
  const run = Object.hasOwn(functions, name) ? functions[name] : undefined
  const names = Object.keys(functions).join(', ')
  if (!run) return refused(`${functionUnknown}: there is no ${name}; there are: ${names}`)
  try {
    return shim.success(Buffer.from((await run(stub, params)) ?? ''))
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
}

const refused = (message: string) => shim.error(message)
