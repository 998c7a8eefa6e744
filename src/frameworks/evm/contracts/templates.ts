import { readFileSync } from 'node:fs'

export type TemplateArgument = {
  readonly name: string
  readonly type: string
  readonly description: string
}

/** A contract that is ready to be deployed: only its constructor's arguments are missing. */
export type ContractTemplate = {
  readonly name: 'points' | 'erc20' | 'erc721' | 'erc1155' | 'evidence' | 'access-control'
  /** The contract's name in the source. */
  readonly contract: string
  readonly title: string
  readonly description: string
  readonly sources: Readonly<Record<string, string>>
  /** What its constructor takes, in order; names as in the ABI. */
  readonly arguments: readonly TemplateArgument[]
}

/** Beside this file, in a clone and in the published package. */
function sourcesOf(contract: string): Record<string, string> {
  const file = `${contract}.sol`
  return { [file]: readFileSync(new URL(`./templates/${file}`, import.meta.url), 'utf8') }
}

const text = (name: string, description: string) => ({ name, type: 'string', description })
const account = (name: string, description: string) => ({ name, type: 'address', description })

/** In the order in which a page lists them. */
export const templates: readonly ContractTemplate[] = [
  {
    name: 'points',
    contract: 'Points',
    title: 'Loyalty points',
    description:
      'Whole points that one issuer, fixed for ever, gives out. Holders pass them on (ERC-20), ' +
      'and redeem them; each issue and each redemption carries a note.',
    sources: sourcesOf('Points'),
    arguments: [
      text('tokenName', 'What the points are called.'),
      text('tokenSymbol', 'A short sign for them.'),
      account('issuingAccount', 'The only account that issues points.'),
    ],
  },
  {
    name: 'erc20',
    contract: 'Token',
    title: 'Fungible token (ERC-20)',
    description:
      'The owner mints up to a cap; holders transfer, burn, and approve by signature (ERC-2612). ' +
      '18 decimals.',
    sources: sourcesOf('Token'),
    arguments: [
      text('tokenName', 'What the token is called.'),
      text('tokenSymbol', 'A short sign for it.'),
      { name: 'maximum', type: 'uint256', description: 'The most that there can be, times 10^18.' },
      account('initialOwner', 'The account that mints.'),
    ],
  },
  {
    name: 'erc721',
    contract: 'Collection',
    title: 'Single things (ERC-721)',
    description:
      'The owner mints things, numbered from 1, each with the address of its description; ' +
      'holders transfer and burn.',
    sources: sourcesOf('Collection'),
    arguments: [
      text('tokenName', 'What the collection is called.'),
      text('tokenSymbol', 'A short sign for it.'),
      account('initialOwner', 'The account that mints.'),
    ],
  },
  {
    name: 'erc1155',
    contract: 'MultiToken',
    title: 'Many kinds of tokens (ERC-1155)',
    description: 'The owner mints any amount of any kind; holders transfer and burn, also in bulk.',
    sources: sourcesOf('MultiToken'),
    arguments: [
      text('descriptionsUri', 'Address of the descriptions; {id} in it stands for the kind.'),
      account('initialOwner', 'The account that mints.'),
    ],
  },
  {
    name: 'evidence',
    contract: 'Evidence',
    title: 'Evidence of documents',
    description:
      'Hashes of documents with who registered them first and when; nothing is ever changed.',
    sources: sourcesOf('Evidence'),
    arguments: [],
  },
  {
    name: 'access-control',
    contract: 'AccessRegistry',
    title: 'Roles',
    description: 'Roles by name, that administrators grant and revoke, and that anybody asks for.',
    sources: sourcesOf('AccessRegistry'),
    arguments: [account('administrator', 'The first account that grants roles.')],
  },
]
