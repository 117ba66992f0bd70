import Foundation

/// The messages that a generation or a reaction keeps because they could not be read, as a plain value.
struct KeptMessageList: Sendable {
    private struct Kept: Sendable {
        let message: KeptMessage
        let original: UnreadableMessage
        let attributes: String

        var bytes: Int { attributes.utf8.count + original.raw.body.count }

        /// The message with its attributes and its body.
        var whole: KeptMessage {
            var whole = message
            whole.attributes = attributes
            whole.body = String(validating: original.raw.body, as: UTF8.self)
            if whole.body == nil { whole.bodyBase64 = Data(original.raw.body).base64EncodedString() }
            return whole
        }
    }

    private var kept: [Kept] = []
    private var lastID: Int64 = 0
    private(set) var dropped = 0

    var count: Int { kept.count }

    /// The messages without their attributes and bodies, oldest first.
    var messages: [KeptMessage] { kept.map(\.message) }

    func message(_ id: Int64) -> KeptMessage? { kept.first { $0.message.id == id }?.whole }

    /// Keeps messages, and drops the oldest ones where there are too many.
    mutating func keep(_ messages: [UnreadableMessage]) {
        for message in messages {
            lastID += 1
            kept.append(
                Kept(
                    message: KeptMessage(
                        id: lastID, partition: message.partition.index, reason: message.reason, keptAt: .now(),
                        bodySize: message.raw.bodySize),
                    original: message, attributes: message.raw.attributes))
        }
        var bytes = kept.reduce(0) { $0 + $1.bytes }
        while let oldest = kept.first, kept.count > KeptMessage.maximumCount || bytes > KeptMessage.maximumBytes {
            bytes -= oldest.bytes
            kept.removeFirst()
            dropped += 1
        }
    }

    /// Removes the messages that name a stream.
    mutating func remove(of stream: StreamName) { kept.removeAll { $0.original.isOf(stream) } }

    /// Drops a message, or all of them.
    ///
    /// - Returns: How many were dropped.
    mutating func drop(_ id: Int64?) -> Int {
        let before = kept.count
        kept.removeAll { id == nil || $0.message.id == id }
        return before - kept.count
    }
}
