/// What a worker says about its projections. Only names are required, so that workers of other versions are read too.
struct ProjectionReport: Decodable, Sendable {
    let projections: [ProjectionStatus]
}

/// How far one projection is.
struct ProjectionStatus: Decodable, Sendable {
    let projection: String
    /// Of the code; `nil` for a reaction.
    let version: Int?
    /// The writers whose events it posts.
    let sources: [String]?
    /// Those of them that have not answered yet.
    let waitsFor: [String]?
    let isConnected: Bool?
    let unreadable: Int?
    /// Messages that were dropped as there were too many.
    let unreadableDropped: Int?
    let problem: String?
    let lag: Int?
    let lagSeconds: Double?
    let lanes: [LaneStatus]?
    let isPaused: Bool?
    let isStandby: Bool?
    let parked: Int?
    let eventsPerSecond: Double?
    /// The one that serves.
    let generation: Int?
    let generations: [GenerationStatus]?
    /// How far the file of a reaction is.
    let checkpoints: [FileCheckpoint]?
    /// Whether that may still have something of what was forgotten.
    let hasRemains: Bool?
}

/// How one generation of a projection is.
struct GenerationStatus: Decodable, Sendable {
    let number: Int
    let version: Int?
    let role: String
    let isFed: Bool?
    let isHeld: Bool?
    let refusal: String?
    /// Why it cannot be read, go on, or take over.
    let problem: String?
    let done: Int?
    let total: Int?
    let lag: Int?
    let eventsPerSecond: Double?
    let secondsLeft: Double?
    /// The writers that have not answered yet.
    let waitsFor: [String]?
    /// How far its file is.
    let checkpoints: [FileCheckpoint]?
    /// Whether that may still have something of what was forgotten.
    let hasRemains: Bool?
}

/// How far a file is in one partition of one source.
struct FileCheckpoint: Decodable, Sendable {
    let source: String
    let partition: PartitionNumber
    let epoch: String
    let offset: Int64
}

/// How far a projection is in one partition of one source.
struct LaneStatus: Decodable, Sendable {
    let source: String
    let partition: PartitionNumber?
    let epoch: String?
    let checkpoint: Int?
    let head: Int?
    let lag: Int?
    let lagSeconds: Double?
    let state: String?
    let problem: String?
}

/// The number of a partition, written as a number or as an object with an index.
struct PartitionNumber: Decodable, Sendable {
    let index: Int

    init(from decoder: any Decoder) throws {
        if let index = try? decoder.singleValueContainer().decode(Int.self) {
            self.index = index
        } else {
            index = try decoder.container(keyedBy: Keys.self).decode(Int.self, forKey: .index)
        }
    }

    private enum Keys: CodingKey {
        case index
    }
}
