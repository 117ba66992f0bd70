import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `The place where a chain goes over to its second format` {
    /// The digest is in the chain: whoever computes it in another way takes a whole store for a damaged one.
    @Test func `seals the schema version of every earlier entry, its own or that of its event`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path, partitionCount: 1)
            let data = Array("{}".utf8)
            for versions in [(event: 3, entry: 3), (event: 4, entry: 7), (event: 2, entry: 2)] {
                let event = NewEvent(
                    id: .new(), type: "happened", schemaVersion: versions.event, occurredAt: .now(), data: data,
                    metadata: [],
                    published: [.init(type: "thing.happened", schemaVersion: versions.entry, data: data)])
                _ = try await store.append(
                    AppendRequest(stream: try StreamName("thing-1"), expected: .any, events: [event]))
            }
            let inherited = try await store.pool.read { db in
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM integration_log WHERE schema_version IS NULL")
            }
            #expect(inherited == 2)
            var digest = ChainTransition.Digest()
            for (index, version) in [3, 7].enumerated() {
                let offset = Offset(rawValue: Int64(index + 1))
                digest.add(schemaVersion: version, at: LogPlace(partition: Partition(0), offset: offset))
            }
            let expected = ChainTransition(position: 3, earlierSchemaVersions: digest.value)
            #expect(try await store.pool.read { try ChainTransition.computed(at: 3, in: $0) } == expected)
        }
    }
}
