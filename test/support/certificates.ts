import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A certificate and its key, in PEM. */
export interface Certified {
  readonly cert: string
  readonly key: string
}

/** Certificates for servers on this machine. */
export interface Certificates {
  /** The authority that signed `server` and `expired`. */
  readonly ca: string
  /** An authority that signed nothing. */
  readonly otherCa: string
  /** For 127.0.0.1 and localhost. */
  readonly server: Certified
  /** As `server`, but its time was over yesterday. */
  readonly expired: Certified
}

/** A day. Units: ms. */
const dayMs = 86_400_000

/** Makes them anew. They live for a day. */
export function makeCertificates(): Certificates {
  const now = Date.now()
  const [authority, other, server] = [keyPair(), keyPair(), keyPair()]
  const isAuthority = [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]
  const isServer = [
    { name: 'basicConstraints', cA: false },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: [
        { type: 7, ip: '127.0.0.1' },
        { type: 2, value: 'localhost' },
      ],
    },
  ]
  const sign = (name: string, own: KeyPair, issuer: string, by: KeyPair, until: number, extensions: object[]) => {
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = own.publicKey
    certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(8))}`
    certificate.validity.notBefore = new Date(now - 2 * dayMs)
    certificate.validity.notAfter = new Date(until)
    certificate.setSubject([{ name: 'commonName', value: name }])
    certificate.setIssuer([{ name: 'commonName', value: issuer }])
    certificate.setExtensions(extensions)
    certificate.sign(by.privateKey, forge.md.sha256.create())
    return forge.pki.certificateToPem(certificate)
  }
  const tomorrow = now + dayMs
  const of = (until: number) => ({
    cert: sign('localhost', server, 'Test authority', authority, until, isServer),
    key: server.pem,
  })
  return {
    ca: sign('Test authority', authority, 'Test authority', authority, tomorrow, isAuthority),
    otherCa: sign('Another authority', other, 'Another authority', other, tomorrow, isAuthority),
    server: of(tomorrow),
    expired: of(now - dayMs),
  }
}

interface KeyPair {
  readonly publicKey: forge.pki.rsa.PublicKey
  readonly privateKey: forge.pki.rsa.PrivateKey
  /** PKCS#8, as Kafka wants it. */
  readonly pem: string
}

function keyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    pem: privateKey,
  }
}
