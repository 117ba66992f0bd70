import Crypto
import Daybook
import Foundation

extension IdempotencyRecord {
    /// The record of a command that came over the HTTP interface.
    ///
    /// - Parameters:
    ///   - id: The id of the aggregate; `nil` when the server chose it, and it is not part of what was asked.
    ///   - body: The payload, byte for byte.
    init(key: String, actor: String?, route: String, id: String?, body: [UInt8]) {
        var hash = SHA256()
        if let id { hash.update(data: Array("\(id)\n".utf8)) }
        hash.update(data: body)
        self.init(actor: actor ?? "", route: route, key: key, requestHash: Array(hash.finalize()))
    }
}
