/**
 * A client for applications of the Blockchain-based Service Network (BSN) on Hyperledger Fabric,
 * for Node 20 and browsers: the protocol of its gateways, which OpenBSN's speak as well.
 */
export {
  type BsnBlockName,
  type BsnClient,
  type BsnClientOptions,
  createBsnClient,
} from './client.ts'
export type * from './types.ts'
