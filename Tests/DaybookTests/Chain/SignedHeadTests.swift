import Daybook
import Testing

@Suite struct `A signed head` {
    /// Signed by another implementation. Every head that an auditor has depends on the text that is signed.
    private let golden = """
        {"epoch":"00000000-0000-0001-0000-000000000002",\
        "hash":"abababababababababababababababababababababababababababababababab","position":7,\
        "publicKey":"A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",\
        "signature":"uOynhr+uVcXE2qzcu5+qDXWNCtCi0xuClvGQomfcJWkaHVpVuN8h0Fx1CP1MDw5ix7RU3qw0ukVPVuajA6rICg==",\
        "signedAt":"2026-11-23T09:00:00.000000Z"}
        """

    private func head(_ json: String) throws -> SignedHead {
        try JSON.decode(SignedHead.self, from: Array(json.utf8))
    }

    @Test func `is what it was`() throws {
        let key = try #require(SignedHead.PrivateKey(secret: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
        let head = try head(golden)
        #expect(key.publicKey.description == head.publicKey)
        #expect(key.publicKey.hasSigned(head))
        #expect(String(decoding: try JSON.encode(head), as: UTF8.self) == golden)
        let again = try key.sign(epoch: head.epoch, position: 7, hash: head.hash, at: head.signedAt)
        #expect(key.publicKey.hasSigned(again))
    }

    @Test(arguments: [
        (#""position":7"#, #""position":8"#), ("000000000002", "000000000003"), (#""hash":"ab"#, #""hash":"ac"#),
        ("09:00:00.000000Z", "09:00:00.000001Z"), ("uOynhr", "vOynhr"), (#""signature":"u"#, #""signature":"!"#),
    ])
    func `cannot be changed`(from old: String, to new: String) throws {
        let changed = golden.replacing(old, with: new)
        #expect(changed != golden)
        let key = try #require(try SignedHead.PublicKey(head(golden).publicKey))
        #expect(try !key.hasSigned(head(changed)))
    }

    @Test func `is not by another key, whatever it says`() throws {
        let (mine, other) = (SignedHead.PrivateKey(), SignedHead.PrivateKey())
        let signed = try mine.sign(epoch: .new(), position: 1, hash: .genesis)
        #expect(mine.publicKey.hasSigned(signed) && !other.publicKey.hasSigned(signed))
        let json = String(decoding: try JSON.encode(signed), as: UTF8.self)
        let claimed = json.replacing(signed.publicKey, with: other.publicKey.description)
        #expect(try !other.publicKey.hasSigned(head(claimed)))
    }

    @Test func `comes with keys that can be written down`() throws {
        let key = SignedHead.PrivateKey()
        let again = try #require(SignedHead.PrivateKey(secret: key.secret))
        let read = try #require(SignedHead.PublicKey(key.publicKey.description))
        #expect(try read.hasSigned(again.sign(epoch: .new(), position: 1, hash: .genesis)))
        #expect(SignedHead.PrivateKey(secret: "") == nil && SignedHead.PublicKey("AAAA") == nil)
    }
}
