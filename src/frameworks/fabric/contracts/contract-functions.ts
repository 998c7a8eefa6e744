import type { ChaincodeInterface, ChaincodeResponse, ChaincodeStub } from 'fabric-shim'
import shim from 'fabric-shim'
import { fabricError } from '../errors.ts'

/** What a function of a contract returns: text, or nothing. What it throws refuses the call. */
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
  if (!run) return shim.error(`${functionUnknown}: there is no ${name}; there are: ${names}`)
  try {
    return shim.success(Buffer.from((await run(stub, params)) ?? ''))
  } catch (error) {
    return shim.error(error instanceof Error ? error.message : String(error))
  }
}

/** For `throw` in a contract: its words go to whoever called. */
export const refused = (message: string) => fabricError('CONTRACT_REFUSED', message)
