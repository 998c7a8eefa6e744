import { Type } from 'typebox'

export const Address = (description: string) =>
  Type.String({ description: `Address. ${description}` })

/** What a transaction did, where it is known. */
export const effects = {
  from: Type.Optional(Address('Who sent it.')),
  to: Type.Optional(Address('To whom; absent where it made a contract.')),
  gasUsed: Type.Optional(Type.String({ description: 'Decimal.' })),
  events: Type.Optional(
    Type.Array(
      Type.Object({
        contract: Type.String({ description: 'Its name, or its address.' }),
        event: Type.Optional(Type.String()),
        args: Type.Optional(Type.Unknown()),
      }),
      { description: 'What contracts told, in order; by its name where its ABI is known.' },
    ),
  ),
}
/** A contract that it made. */
export const made = {
  name: Type.Optional(Type.String({ description: 'What the contract is called here.' })),
  address: Address('Where the contract is.'),
}

/** What any call may have done. */
export const callResult = {
  ...effects,
  result: Type.Optional(Type.String({ description: 'On Fabric: what the function returned.' })),
  ...{ name: made.name, address: Type.Optional(made.address) },
}
