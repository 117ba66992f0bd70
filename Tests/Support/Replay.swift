public import Daybook
public import DaybookSQLite
import GRDB

/// Posts a whole log to a fresh read model, without a broker: what every read model of the store must equal.
public func replay<Projection: SQLiteProjection>(
    _ log: any IntegrationLog, source: Source, to projection: Projection, in folder: String
) async throws -> SQLiteReadModel<Projection> {
    let readModel = try SQLiteReadModel(folder: folder, projection: projection)
    for partition in Partition.all(log.partitionCount) {
        var lane = LaneState(
            lane: Lane(source: source, partition: partition), partitionCount: log.partitionCount, checkpoint: nil)
        while let question = lane.nextQuestion() {
            let slice = try await log.slice(partition, after: question.after, limit: question.limit, maximumBytes: .max)
            let decoded = slice.entries.map(readModel.decoded)
            for case .lookSoon in lane.answered(question, slice, decoded: decoded) { lane.checkDue() }
            if let posting = lane.posting(limit: .max) {
                try await readModel.apply([posting], keeping: [])
                _ = lane.committed(posting)
            }
        }
    }
    return readModel
}

/// All rows of a table as text, in the order of its key.
public func rows(_ table: String, in path: String) throws -> [String] {
    var configuration = Configuration()
    configuration.readonly = true
    // Whoever closes it at this moment has it for itself.
    configuration.busyMode = .timeout(5)
    let database = try DatabaseQueue(path: path, configuration: configuration)
    return try database.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1").map(\.description)
    }
}

/// How many rows a table has, for whoever opens the path now.
public func rowCount(_ table: String, in path: String) throws -> Int {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration).read { db in
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
    }
}

/// Changes a read model behind the back of the worker that posts to it, and waits where that one has it for itself.
public func changeReadModel(_ path: String, _ sql: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(20)
    try DatabaseQueue(path: path, configuration: configuration).inDatabase { try $0.execute(sql: sql) }
}
