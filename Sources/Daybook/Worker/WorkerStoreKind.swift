/// The kind of a worker's stores: the settings that they need, and where they say that a projection's read model and
/// the states of reactions are.
public protocol WorkerStoreKind: Sendable {
    /// The settings that a worker has because of its read model.
    ///
    /// - Parameter name: The projection's name, for defaults.
    func readModelSettings(projection name: String) -> [Setting]

    /// The settings that a worker has because of the states of its reactions.
    var reactionSettings: [Setting] { get }

    /// The read model that the settings name. Makes what its generations are in, if it is not there.
    ///
    /// - Parameter settings: The values of ``readModelSettings(projection:)``, and of all other settings of the worker.
    /// - Throws: When a setting cannot be used, or there is no place for generations.
    func readModel(settings: some SettingValues) throws -> any ReadModelStore

    /// The states of reactions that the settings name. Makes nothing.
    ///
    /// - Parameter settings: The values of ``reactionSettings``, and of all other settings of the worker.
    /// - Throws: When a setting cannot be used.
    func reactionStates(settings: some SettingValues) throws -> any ReactionStateStore
}
