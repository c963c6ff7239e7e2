// Signatures with an RSA key, for sign-ins that prove the possession of a key instead of sending it.

import CCrypto
package import Foundation

/// Signs with RSA and SHA-256 (RS256, RFC 7518).
package enum RSASignature {
    /// The reason why a text cannot be used as a key.
    package struct BadKey: Error, Hashable, Sendable, CustomStringConvertible {
        /// A fixed sentence without any part of the key.
        package var description: String

        /// - Parameter description: must not contain any part of the key.
        init(_ description: String) { self.description = description }
    }

    /// The signature of a message.
    /// - Parameter pem: an unencrypted private key, `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`.
    /// - Throws: `BadKey`.
    package static func sign(_ message: Data, pem: String) throws(BadKey) -> Data {
        var text = Array(pem.utf8)
        defer { for index in text.indices { text[index] = 0 } }
        let key = text.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(input) }
            // Without this function, OpenSSL would ask for the password of an encrypted key at the terminal.
            return PEM_read_bio_PrivateKey(input, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let key else { throw BadKey("the private key is not an unencrypted key in PEM form") }
        defer { EVP_PKEY_free(key) }
        guard EVP_PKEY_get_base_id(key) == NID_rsaEncryption else { throw BadKey("the private key is not an RSA key") }
        guard let context = EVP_MD_CTX_new() else { throw BadKey("OpenSSL is out of memory") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else {
            throw BadKey("OpenSSL cannot sign with this key")
        }
        let bytes = [UInt8](message)
        var count = 0
        guard EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1 else {
            throw BadKey("OpenSSL cannot sign with this key")
        }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1 else {
            throw BadKey("OpenSSL cannot sign with this key")
        }
        return Data(signature.prefix(count))
    }
}
