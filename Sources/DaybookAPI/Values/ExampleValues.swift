import Daybook

/// The values that examples have in common.
enum ExampleValues {
    static let epoch = Epoch(high: 0x01a2_1541_9950_7000, low: 0xafd6_37a1_90a7_16d8)
    static let event = EventID(high: 0x01ab_28b5_5be1_7000, low: 0xb253_635a_ec1c_f683)
    /// 2026-11-23T22:26:54.113358Z
    static let occurredAt = Timestamp(microseconds: 1_795_472_814_113_358)
    static let recordedAt = Timestamp(microseconds: 1_795_472_814_113_517)
    static let source = Source("users-writer")
    static let partition = Partition(3)
    static let stream = "user-ada"
    static let token = WriteToken(
        source: source, epoch: epoch, place: LogPlace(partition: partition, offset: 5)
    ).description

    /// A link of a chain: 32 times the byte `ab`.
    static let hash = ChainHash(String(repeating: "ab", count: 32)) ?? .genesis

    /// Metadata with all members, as they are stored.
    static let metadata: [UInt8] = {
        let metadata = EventMetadata(
            correlationID: "01ab28b5-5be0-7000-8b7c-f4303b32553e", causationID: "sign-up-1", actor: "ada",
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            compensates: "01ab28b5-5be0-7000-8b7c-f4303b325540", custom: ["tenant": "acme"])
        return (try? metadata.encoded()) ?? []
    }()

    /// JSON that is encoded already.
    static func json(_ text: String) -> EncodedJSON { EncodedJSON(Array(text.utf8)) }
}
