/** JSON-RPC as tools ask it: method, and parameters in which names in angles are filled in. */
export type RpcExample = readonly [method: string, ...params: readonly unknown[]]

const call = { from: '<account>', to: '<contract>' }

/**
 * A set in the manner of the execution APIs: every method that an engine for applications answers,
 * well and badly asked. `<block>`, `<hash>`, `<transaction>`, `<contract>`, `<account>`, `<filter>`
 * stand for what a chain has.
 */
export const rpcExamples: readonly RpcExample[] = [
  ['web3_clientVersion'],
  ['web3_sha3', '0x68656c6c6f'],
  ['net_version'],
  ['net_listening'],
  ['eth_chainId'],
  ['eth_syncing'],
  ['eth_blockNumber'],
  ['eth_gasPrice'],
  ['eth_maxPriorityFeePerGas'],
  ['eth_blobBaseFee'],
  ['eth_feeHistory', '0x2', 'latest', [25, 75]],
  ['eth_feeHistory', 2, '<block>', []],
  ['eth_accounts'],
  ['eth_getBalance', '<account>', 'latest'],
  ['eth_getBalance', '<account>', '<block>'],
  ['eth_getBalance', '<account>', { blockHash: '<hash>' }],
  ['eth_getBalance', '0x12', 'latest'],
  ['eth_getBalance', '<account>', '0xffffff'],
  ['eth_getCode', '<contract>', 'latest'],
  ['eth_getCode', '<account>', 'latest'],
  ['eth_getStorageAt', '<contract>', '0x0', 'latest'],
  ['eth_getStorageAt', '<contract>', '0xzz', 'latest'],
  ['eth_getTransactionCount', '<account>', 'latest'],
  ['eth_getTransactionCount', '<account>', 'pending'],
  ['eth_getProof', '<contract>', ['0x0'], 'latest'],
  ['eth_getBlockByNumber', '<block>', false],
  ['eth_getBlockByNumber', '<block>', true],
  ['eth_getBlockByNumber', 'earliest', true],
  ['eth_getBlockByNumber', 'safe', false],
  ['eth_getBlockByNumber', 'finalized', false],
  ['eth_getBlockByNumber', '0xffffff', false],
  ['eth_getBlockByNumber'],
  ['eth_getBlockByHash', '<hash>', false],
  ['eth_getBlockByHash', '<hash>', true],
  ['eth_getBlockByHash', `0x${'00'.repeat(32)}`, false],
  ['eth_getBlockReceipts', '<block>'],
  ['eth_getBlockTransactionCountByHash', '<hash>'],
  ['eth_getBlockTransactionCountByNumber', '<block>'],
  ['eth_getUncleCountByBlockHash', '<hash>'],
  ['eth_getUncleCountByBlockNumber', '<block>'],
  ['eth_getTransactionByHash', '<transaction>'],
  ['eth_getTransactionByHash', `0x${'11'.repeat(32)}`],
  ['eth_getTransactionByHash', 'no hash'],
  ['eth_getTransactionByBlockHashAndIndex', '<hash>', '0x0'],
  ['eth_getTransactionByBlockNumberAndIndex', '<block>', '0x0'],
  ['eth_getTransactionByBlockNumberAndIndex', '<block>', '0x5'],
  ['eth_getTransactionReceipt', '<transaction>'],
  ['eth_getTransactionReceipt', `0x${'11'.repeat(32)}`],
  ['eth_call', call, 'latest'],
  ['eth_call', { ...call, data: '0x01', gas: '0x5208' }, 'latest'],
  ['eth_call', { ...call, value: `0x${'f'.repeat(40)}` }, 'latest'],
  ['eth_call', { data: '0x5ffd' }, 'latest'],
  ['eth_call', {}, 'never'],
  ['eth_estimateGas', { ...call, data: '0x01' }],
  ['eth_estimateGas', { from: '<account>', to: '<account>', value: '0x1' }],
  ['eth_createAccessList', { ...call, data: '0x01' }, 'latest'],
  ['eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', address: '<contract>' }],
  ['eth_getLogs', { blockHash: '<hash>' }],
  ['eth_getLogs', { fromBlock: 'latest', topics: [[`0x${'00'.repeat(31)}2a`]] }],
  ['eth_getLogs', { blockHash: '<hash>', fromBlock: '0x0' }],
  ['eth_getFilterChanges', '0xdead'],
  ['eth_uninstallFilter', '0xdead'],
  ['eth_sendRawTransaction', '0x'],
  ['eth_sendRawTransaction', '0xf86b01'],
  ['eth_sendRawTransaction', `0x02${'c0'.repeat(200)}`],
  ['eth_sendRawTransaction'],
  ['eth_sendTransaction', { from: '<account>', to: '<account>', nonce: '0x0' }],
  ['eth_sendTransaction', { from: '<account>', to: '<account>', gas: '0xffffffff' }],
  ['eth_sendTransaction', { from: '<account>', to: '<account>', value: `0x${'f'.repeat(30)}` }],
  ['eth_sendTransaction', { from: '<contract>', to: '<account>' }],
  ['eth_sendTransaction', { from: '<account>', data: `0x${'00'.repeat(49_153)}` }],
]

/** The parameters with what the chain has in place of the names. */
export function filled(params: unknown, names: Readonly<Record<string, string>>): unknown {
  const text = JSON.stringify(params)
  return JSON.parse(text.replace(/<(\w+)>/g, (all, name: string) => names[name] ?? all))
}
