/// A worker's stores in memory, which need no settings. They are gone with the process.
public struct InMemoryWorkerStores<Projection: InMemoryProjection>: WorkerStoreKind {
    private let projection: Projection
    private let generations: InMemoryGenerations
    private let reactions: InMemoryReactionStates

    /// - Parameters:
    ///   - generations: What the workers of the read model share.
    ///   - reactions: What the workers of reactions share.
    public init(_ projection: Projection, in generations: InMemoryGenerations, reactions: InMemoryReactionStates) {
        self.projection = projection
        self.generations = generations
        self.reactions = reactions
    }

    public func readModelSettings(projection name: String) -> [Setting] { [] }

    public var reactionSettings: [Setting] { [] }

    public func readModel(settings: some SettingValues) throws -> any ReadModelStore {
        InMemoryReadModelStore(of: projection, in: generations)
    }

    public func reactionStates(settings: some SettingValues) throws -> any ReactionStateStore { reactions }
}

extension RegisteredProjection {
    /// A projection whose read model is kept in memory, for tests and first steps.
    ///
    /// - Parameters:
    ///   - generations: What its workers share.
    ///   - reactions: What the reactions of its workers share.
    public static func inMemory(
        _ projection: some InMemoryProjection, in generations: InMemoryGenerations = InMemoryGenerations(),
        reactions: InMemoryReactionStates = InMemoryReactionStates()
    ) -> RegisteredProjection {
        RegisteredProjection(
            ProjectionDescription(projection),
            stores: InMemoryWorkerStores(projection, in: generations, reactions: reactions))
    }
}
