import { showCommand } from '../show-command.ts'

export const command = showCommand({
  kind: 'service',
  operand: 'NAME',
  example: 'flights',
  description:
    'As the state has it; `bsn audit --service NAME` shows how it came to be so. Of an evm ' +
    'service also the id of its chain, and where its JSON-RPC is, with an API key in place of ' +
    '{accessKey}.',
  read: async (client, id, gateway) => {
    const { rpc, ...found } = await client.service(id)
    return rpc === undefined ? found : { ...found, rpc: gateway.replace(/\/+$/, '') + rpc }
  },
})
