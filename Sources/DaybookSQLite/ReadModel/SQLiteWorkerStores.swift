public import Daybook

/// A worker's stores in SQLite files: a folder of generations, and a folder of reactions' states.
public struct SQLiteWorkerStores<Projection: SQLiteProjection>: WorkerStoreKind {
    private let projection: Projection

    public init(_ projection: Projection) { self.projection = projection }

    public func readModelSettings(projection name: String) -> [Setting] {
        [Setting("read-model.path", .string, default: "read-models/\(name)", purpose: "the read model's folder")]
    }

    public var reactionSettings: [Setting] {
        [Setting("reactions.path", .string, default: "reactions", purpose: "folder of the reactions' checkpoints")]
    }

    public func readModel(settings: some SettingValues) throws -> any ReadModelStore {
        try SQLiteReadModelStore(of: projection, in: try settings.string("read-model.path"))
    }

    public func reactionStates(settings: some SettingValues) throws -> any ReactionStateStore {
        SQLiteReactionStateStore(in: try settings.string("reactions.path"))
    }
}

extension RegisteredProjection {
    /// A projection whose read model is kept in SQLite files. Workers of it are on one host.
    public static func sqlite(_ projection: some SQLiteProjection) -> RegisteredProjection {
        RegisteredProjection(ProjectionDescription(projection), stores: SQLiteWorkerStores(projection))
    }
}
