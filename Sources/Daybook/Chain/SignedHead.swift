import Crypto
import Foundation

/// A store's head, signed: whoever has the public key can check a copy of the store against it without trusting the
/// machine that the store is on.
///
/// The signature is Ed25519 (RFC 8032) over this text in UTF-8, each line with a line feed at its end:
///
///     daybook head 1
///     epoch 01a20a84-db75-7000-91ce-58349991cbbe
///     position 184203
///     hash 9f86d081…
///     signed-at 2026-11-23T09:00:00.000000Z
public struct SignedHead: Sendable, Hashable, Codable {
    /// The identity of the store's log when it was signed. A store that is restored or imported gets another one and
    /// keeps its history.
    public let epoch: Epoch
    /// The last event.
    public let position: Position
    /// The last event's link of the chain, which all events before it went into.
    public let hash: ChainHash
    public let signedAt: Timestamp
    /// The public key in base 64. It says which key to look for and proves nothing: compare the one that is known
    /// otherwise.
    public let publicKey: String
    /// In base 64.
    public let signature: String

    fileprivate static func text(
        epoch: Epoch, position: Position, hash: ChainHash, signedAt: Timestamp
    ) -> Data {
        let lines = [
            "daybook head 1", "epoch \(epoch)", "position \(position)", "hash \(hash)", "signed-at \(signedAt)",
        ]
        return Data(lines.map { "\($0)\n" }.joined().utf8)
    }
}

extension SignedHead {
    /// Signs heads. Ed25519.
    public struct PrivateKey: Sendable {
        private let key: Curve25519.Signing.PrivateKey

        /// A new one.
        public init() { key = Curve25519.Signing.PrivateKey() }

        /// Reads ``secret``; `nil` when the text is none.
        public init?(secret: String) {
            guard let bytes = Data(base64Encoded: secret),
                let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
            else { return nil }
            self.key = key
        }

        /// The 32 bytes of the private key in base 64. Who has it can sign.
        public var secret: String { key.rawRepresentation.base64EncodedString() }

        /// What its signatures are checked with.
        public var publicKey: PublicKey { PublicKey(key.publicKey) }

        /// Signs a head.
        ///
        /// - Throws: When the system has no random numbers.
        public func sign(
            epoch: Epoch, position: Position, hash: ChainHash, at time: Timestamp = .now()
        ) throws -> SignedHead {
            let text = SignedHead.text(epoch: epoch, position: position, hash: hash, signedAt: time)
            return SignedHead(
                epoch: epoch, position: position, hash: hash, signedAt: time, publicKey: publicKey.description,
                signature: try key.signature(for: text).base64EncodedString())
        }
    }

    /// Checks signatures of heads. Ed25519.
    public struct PublicKey: Sendable, CustomStringConvertible {
        private let key: Curve25519.Signing.PublicKey

        fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

        /// Reads the 32 bytes of a key in base 64; `nil` when the text is none.
        public init?(_ text: String) {
            guard let bytes = Data(base64Encoded: text),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
            else { return nil }
            self.key = key
        }

        /// Its 32 bytes in base 64.
        public var description: String { key.rawRepresentation.base64EncodedString() }

        /// `true` when a head is as whoever has the private key signed it.
        public func hasSigned(_ head: SignedHead) -> Bool {
            guard let signature = Data(base64Encoded: head.signature) else { return false }
            let text = SignedHead.text(
                epoch: head.epoch, position: head.position, hash: head.hash, signedAt: head.signedAt)
            return key.isValidSignature(signature, for: text)
        }
    }
}
