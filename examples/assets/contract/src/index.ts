import { AssetContract } from './asset-contract'

export const contracts = [AssetContract]
