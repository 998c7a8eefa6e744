/** How this user's tools reach registries: packages of contracts are built with them. */
export const toolEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(npm_config_|NODE_EXTRA_|SSL_|GO|.*_proxy$)/i.test(name),
  ),
) as Record<string, string>
