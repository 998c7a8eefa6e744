/** Where the authentication library believes to be; its callback of single sign-on really is. */
export const authPath = '/portal/v1/auth'
/** What single sign-on is called in paths. */
export const oidcProvider = 'oidc'

/** A session ends after so long without a request. The longest life is the guard's to keep. */
export const idleSeconds = 1800

/** The name of the session's cookie. Browsers keep `__Host-` to one origin; it needs TLS. */
export const cookiePrefix = (isSecure: boolean) => (isSecure ? '__Host-bsn' : 'bsn')
