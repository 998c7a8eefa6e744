import type { ServiceObject } from '@openbsn/sdk'

/** Whether city nodes write JSON for whoever has an API key: it has `put`, and trusts them. */
export const takesPuts = ({ functions, keyMode }: ServiceObject): boolean =>
  functions?.includes('put') === true && keyMode === 'key-trust'
