import { Context, Contract, Info, Returns, Transaction } from 'fabric-contract-api'

type Asset = { readonly id: string; readonly owner: string; readonly value: number }

@Info({ title: 'assets', description: 'Assets that two companies hand over' })
export class AssetContract extends Contract {
  constructor() {
    super('assets')
  }

  @Transaction()
  public async create(context: Context, id: string, owner: string, value: string): Promise<void> {
    const { stub } = context
    if ((await stub.getState(id)).length > 0) throw new Error(`there is an asset ${id} already`)
    await put(context, { id, owner, value: Number(value) })
    stub.setEvent('created', Buffer.from(id))
  }

  @Transaction(false)
  @Returns('string')
  public async read({ stub }: Context, id: string): Promise<string> {
    const text = Buffer.from(await stub.getState(id)).toString('utf8')
    if (text === '') throw new Error(`there is no asset ${id}`)
    return text
  }

  @Transaction()
  @Returns('string')
  public async transfer(context: Context, id: string, owner: string): Promise<string> {
    const asset = JSON.parse(await this.read(context, id)) as Asset
    await put(context, { ...asset, owner })
    return asset.owner
  }

  @Transaction(false)
  @Returns('string')
  public async version(): Promise<string> {
    return 'one'
  }
}

async function put({ stub }: Context, asset: Asset): Promise<void> {
  await stub.putState(asset.id, Buffer.from(JSON.stringify(asset)))
}
