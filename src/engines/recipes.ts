import { join } from 'node:path'
import { engineError } from './errors.ts'

/** An engine, and how its version is asked. */
type EngineFacts = {
  readonly name: string
  readonly version: string
  /** What it is for, in a few words. */
  readonly about: string
  /** The one whose version is asked; where there are others, they lie beside it. */
  readonly program: string
  readonly versionArgs: readonly string[]
  /** What the program answers to these where it may be used; the first group is the version. */
  readonly versionPattern: RegExp
}

/**
 * How an engine is built. The sources are pinned by `go.mod` and `go.sum` in its folder; where
 * those of the engine itself have replace directives, they stand there too.
 */
export type GoRecipe = EngineFacts & {
  readonly from: 'go'
  /** Folder with `go.mod` and `go.sum`. */
  readonly folder: string
  /** Go packages of the programs to build; each gives a program named after its last part. */
  readonly packages: readonly string[]
  /** First version of Go that builds it. */
  readonly goVersionMin: string
  /** Version of its module, where the programs call themselves otherwise. */
  readonly moduleVersion?: string
  /** Values of variables that the linker sets, by their names. */
  readonly linked?: Readonly<Record<string, string>>
  /** Some of it is C: a C compiler is needed too. */
  readonly usesC?: boolean
}

/** An engine that npm brings: the package of this machine's kind has the program in `bin`. */
export type NpmRecipe = EngineFacts & {
  readonly from: 'npm'
  /** Of every package of it the part of the name before the machine. */
  readonly packagePrefix: string
}

export type EngineRecipe = GoRecipe | NpmRecipe

/** Recipes are no code, and are not built: they lie beside `src`, and beside `dist`. */
const folderOf = (name: string) => join(import.meta.dirname, '../../engines', name)

/** Every engine that can be installed, by its name. */
export const engineRecipes: Readonly<Record<string, EngineRecipe>> = {
  cometbft: {
    from: 'go',
    name: 'cometbft',
    version: '1.0.1',
    about: 'one ledger over several nodes',
    folder: folderOf('cometbft'),
    packages: ['github.com/cometbft/cometbft/cmd/cometbft'],
    program: 'cometbft',
    goVersionMin: '1.24',
    versionArgs: ['version'],
    // Patches of 1.0 speak the same protocol: an operator may bring a later one.
    versionPattern: /^v?(1\.0\.\d+)\b/m,
  },
  fabric: {
    from: 'go',
    name: 'fabric',
    // A snapshot of the branch that became 3.0: no release can be had as Go modules.
    version: '3.0.0-dev.20230405',
    moduleVersion: '1.4.0-rc1.0.20230405174026-695dd57e01c2',
    about: 'Hyperledger Fabric: peers and orderers of channels',
    folder: folderOf('fabric'),
    packages: ['peer', 'orderer', 'osnadmin', 'configtxgen', 'configtxlator'].map(
      (program) => `github.com/hyperledger/fabric/cmd/${program}`,
    ),
    program: 'peer',
    goVersionMin: '1.20',
    versionArgs: ['version'],
    // What an operator brings lies in one folder, as releases come.
    versionPattern: /^ ?Version: v?((?:2\.5|3)\.\d+\S*)/m,
    linked: { 'github.com/hyperledger/fabric/common/metadata.Version': '3.0.0-dev.20230405' },
  },
  'fabric-ca': {
    from: 'go',
    name: 'fabric-ca',
    version: '1.5.6',
    about: 'certificates of the members of Fabric channels',
    folder: folderOf('fabric-ca'),
    packages: ['github.com/hyperledger/fabric-ca/cmd/fabric-ca-server'],
    program: 'fabric-ca-server',
    goVersionMin: '1.20',
    versionArgs: ['version'],
    versionPattern: /^ ?Version: v?(1\.5\.\d+)\b/m,
    // Its database is SQLite.
    usesC: true,
  },
  anvil: {
    from: 'npm',
    name: 'anvil',
    version: '1.7.1',
    about: 'EVM sandboxes',
    packagePrefix: '@foundry-rs/anvil-',
    program: 'anvil',
    versionArgs: ['--version'],
    versionPattern: /^anvil Version: (1\.\d+\.\d+)\b/m,
  },
}

/** @throws ENGINE_UNKNOWN */
export function recipeOf(name: string): EngineRecipe {
  const recipe = Object.hasOwn(engineRecipes, name) ? engineRecipes[name] : undefined
  if (recipe) return recipe
  const names = Object.keys(engineRecipes).join(', ')
  throw engineError('ENGINE_UNKNOWN', `There is no engine ${name}; there are: ${names}.`)
}
