import { RecordsWorld } from '../../testing/records-world.ts'
import { frameworkContract } from '../framework-contract.ts'

frameworkContract('records', () => RecordsWorld.create())
