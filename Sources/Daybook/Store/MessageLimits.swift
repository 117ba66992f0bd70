/// What an integration event may be, so that a broker as it is shipped takes it as a message.
public enum MessageLimits {
    /// Bytes of a type: it is a routing key, of at most 255 bytes, behind the partition.
    public static let type = 250
    /// Bytes of the metadata: as attributes they travel in one frame of 128 KiB with the others.
    public static let metadata = 64 << 10
    /// Bytes of the data: RabbitMQ 4 takes messages of 16 MiB.
    public static let data = 16 << 20
}

extension AppendRequest {
    /// Refuses what could be stored but never be sent: its partition would stop at it.
    ///
    /// - Throws: ``AppendError/unsendable(_:)``
    public func refuseUnsendable() throws(AppendError) {
        for event in events where !event.published.isEmpty {
            try Self.check(event.metadata.count, "the metadata of \(event.type)", MessageLimits.metadata)
            for published in event.published {
                let length = published.type.utf8.count
                try Self.check(length, "a type (\(published.type.prefix(40))…)", MessageLimits.type)
                try Self.check(published.data.count, "the data of \(published.type)", MessageLimits.data)
            }
        }
    }

    private static func check(_ count: Int, _ what: @autoclosure () -> String, _ limit: Int) throws(AppendError) {
        guard count > limit else { return }
        throw .unsendable("\(what()): \(count) bytes, of \(limit) at most")
    }
}
