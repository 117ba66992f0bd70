extension CloudEvent {
    /// The reason why something is no event of a log.
    public struct Unreadable: Error, Sendable, Equatable, CustomStringConvertible {
        public let reason: String

        public init(_ reason: String) { self.reason = reason }

        public var description: String { reason }
    }

    /// An event, put together from its parts again.
    ///
    /// - Parameters:
    ///   - data: JSON.
    ///   - value: Finds the value of an attribute; `nil` where there is none.
    /// - Throws: ``Unreadable`` with the attribute that is missing or malformed.
    public init(
        data: ArraySlice<UInt8>, value: (CloudEventAttribute) -> String?
    ) throws(Unreadable) {
        func text(_ attribute: CloudEventAttribute) throws(Unreadable) -> String {
            guard let text = value(attribute), !text.isEmpty else {
                throw Unreadable("the attribute \(attribute.name) is missing")
            }
            return text
        }
        func read<Value>(_ attribute: CloudEventAttribute, _ convert: (String) -> Value?) throws(Unreadable) -> Value {
            guard let value = convert(try text(attribute)) else { throw Self.malformed(attribute) }
            return value
        }
        guard try text(.specversion) == Self.version else { throw Unreadable("not a CloudEvent 1.0") }
        let partition = Partition(try read(.partition) { Int($0) })
        let offset = Offset(rawValue: try read(.offset) { Int64($0).flatMap { $0 > 0 ? $0 : nil } })
        let metadata = EventMetadata(
            correlationID: try text(.correlationid), causationID: value(.causationid), actor: value(.actor),
            traceparent: value(.traceparent), compensates: value(.compensates),
            custom: try Self.custom(in: value(.custom)))
        guard let metadataBytes = try? metadata.encoded() else { throw Unreadable("attributes that are not text") }
        let (previousHash, hash) = try read(.chain) { ChainHash.pair($0) }
        let entry = LogEntry(
            place: LogPlace(partition: partition, offset: offset), id: try read(.id) { IntegrationEventID($0) },
            type: try text(.type),
            schemaVersion: value(.schemaversion) == nil ? 1 : try read(.schemaversion) { Int($0) },
            stream: try read(.subject) { try? StreamName($0) },
            streamVersion: StreamVersion(rawValue: try read(.streamversion) { Int64($0) }),
            occurredAt: try read(.time) { Timestamp($0) }, recordedAt: try read(.recordedtime) { Timestamp($0) },
            data: data, metadata: metadataBytes[...], hash: hash, previousHash: previousHash)
        self.init(source: Source(try text(.source)), epoch: try read(.epoch) { Epoch($0) }, entry: entry)
    }

    private static func custom(in text: String?) throws(Unreadable) -> [String: String] {
        guard let text else { return [:] }
        do { return try JSON.decode([String: String].self, from: Array(text.utf8)) } catch {
            throw malformed(.custom)
        }
    }

    private static func malformed(_ attribute: CloudEventAttribute) -> Unreadable {
        Unreadable("the attribute \(attribute.name) is malformed")
    }
}
