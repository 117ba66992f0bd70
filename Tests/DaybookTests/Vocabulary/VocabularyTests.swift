import Daybook
import Testing

@Suite struct `The vocabulary` {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1_795_424_400_000_001, "2026-11-23T09:00:00.000001Z"),
        (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
    ])
    func `writes and reads times`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test func `reads times with any offset and any fraction`() {
        let moment = Timestamp("2026-11-23T09:00:00Z")
        #expect(moment != nil)
        #expect(Timestamp("2026-11-23T10:30:00+01:30") == moment)
        #expect(Timestamp("2026-11-23 09:00:00.0000009Z") == moment)
        #expect(Timestamp("2026-11-23") == Timestamp("2026-11-23T00:00Z"))
    }

    @Test(arguments: [
        "", "x", "2026-13-01T00:00:00Z", "2026-02-29", "2026-11-23T24:00:00Z", "2026-11-23T09:00:00",
        "2026-11-23T09:00:00.Z", "2026-11-23T09:00:00+1:00", "2026-11-2309:00:00Z", "2026-11-23T09",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-11-23T09x00:00Z", "2026-11-23T09:00x00Z",
        "2026x11-23T09:00:00Z", "2026-11x23T09:00:00Z", "2026-11-23x09:00:00Z", "2026-11-23T09:60:00Z",
        "2026-11-23T09:00:61Z", "2026-11-23T09:00:00x5Z", "2026-11-23T09:00:00+24:00", "2026-11-23T09:00:00+01:60",
        "2026-11-23T09:00:00+01x30", "2026-11-23T09:00:00x01:30", "2026-11-23T09:00:00ZZ", "2026-00-01", "2026-01-00",
    ])
    func `refuses what is no time`(text: String) { #expect(Timestamp(text) == nil) }

    /// RFC 3339 has years of four digits.
    @Test(arguments: [
        (Int64.min, "0000-01-01T00:00:00.000000Z", -106_751_992),
        (Int64.max, "9999-12-31T23:59:59.999999Z", 106_751_991),
        (-62_167_219_200_000_001, "0000-01-01T00:00:00.000000Z", -719_529),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z", -719_528),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z", 2_932_896),
        (253_402_300_800_000_000, "9999-12-31T23:59:59.999999Z", 2_932_897),
    ])
    func `writes a time that has no text as the nearest one`(microseconds: Int64, text: String, day: Int64) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.description == text)
        #expect(Timestamp(microseconds: microseconds).day == day)
    }

    @Test func `makes ids that rise with time`() {
        let ids = (0..<10_000).map { _ in UniqueID.new() }
        #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(ids.allSatisfy { UniqueID($0.description) == $0 && UniqueID(bytes: $0.bytes) == $0 })
        #expect(Array(ids[0].description)[14] == "7")
        let time = UniqueID("01934f8c-2a00-7abc-8def-000000000001")?.time
        #expect(time == Timestamp("2024-11-21T16:26:46.144Z"))
        #expect(UniqueID("01934f8c-2a00-4abc-8def-000000000001")?.time == nil)
    }

    @Test func `names integration events after their domain event`() {
        let id = EventID.new()
        for ordinal in [0, 1, 12] {
            let name = IntegrationEventID(event: id, ordinal: ordinal)
            #expect(IntegrationEventID(name.description) == name)
        }
        #expect(IntegrationEventID(event: id, ordinal: 2).description == "\(id).2")
        for wrong in ["", "x", "\(id).", "\(id).0", "\(id).1.2", "\(id).-1", "\(id).+1", "\(id).01"] {
            #expect(IntegrationEventID(wrong) == nil)
        }
    }

    @Test func `names a place by one token only`() {
        let log = "a/b/\(Epoch.new())"
        #expect(WriteToken("\(log)/3/5")?.description == "\(log)/3/5")
        for wrong in ["+3/5", "03/5", "3/+5", "3/05", "3/0", "100/5", "-1/5", "3/5/", "3"] {
            #expect(WriteToken("\(log)/\(wrong)") == nil, "\(wrong)")
        }
    }

    @Test func `takes streams apart`() throws {
        let stream = try StreamName("user-a-b")
        #expect(stream.category.description == "user" && stream.id == "a-b")
        #expect(try StreamName(category: "user", id: "a-b") == stream)
    }

    @Test(arguments: [
        "", "user", "user-", "-1", "User-1", "us er-1", "user-a/b", "user-ü", "1user-1", "user-..", "user-a\u{0}",
    ])
    func `refuses what names no stream`(text: String) {
        #expect(throws: NameError.self) { try StreamName(text) }
    }

    /// These places are stored for ever.
    @Test func `puts streams in these partitions`() throws {
        let expected = ["user-0": 7, "user-1": 4, "user-2": 5, "user-ada": 3, "account-1": 6]
        for (stream, partition) in expected {
            #expect(Partition.of(try StreamName(stream), among: 8).index == partition, "\(stream)")
        }
    }
}
