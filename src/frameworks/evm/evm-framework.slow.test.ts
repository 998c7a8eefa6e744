import { EvmWorld } from '../../testing/evm-world.ts'
import { frameworkContract } from '../framework-contract.ts'

frameworkContract('evm', () => EvmWorld.create())
