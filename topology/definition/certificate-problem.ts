const problems: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is of an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is of an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

/**
 * Why a server's certificate is refused, in words; undefined when an error is about something else. Waiting cures none of these:
 * whoever set the connection up must change it.
 *
 * Source: Node's error codes of OpenSSL's X509_V_ERR and of node:tls.
 */
export function certificateProblem(error: unknown): string | undefined {
  for (let at = error as Linked | undefined, depth = 0; at && depth < 8; at = at.cause ?? at.originalError, depth++) {
    const found = problems[String(at.code)]
    if (found !== undefined) return found
  }
  return undefined
}

interface Linked {
  readonly code?: unknown
  readonly cause?: Linked
  readonly originalError?: Linked
}
