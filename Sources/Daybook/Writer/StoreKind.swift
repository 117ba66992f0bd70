/// A kind of store, as an executable's `main` names it: the settings that it needs, and where they say that it is.
public protocol StoreKind: Sendable {
    /// The settings that a writer has because of its store.
    ///
    /// - Parameter name: The writer's name, for defaults.
    func settings(writer name: String) -> [Setting]

    /// The place of the store that the settings name. Makes and opens nothing.
    ///
    /// - Parameters:
    ///   - settings: The values of ``settings(writer:)``, and of all other settings of the writer.
    ///   - name: The writer's name, for the messages that others get while it has the store.
    ///   - partitionCount: How many partitions the log of a new store gets. An existing store must have as many.
    /// - Throws: When a setting cannot be used.
    func location(
        settings: some SettingValues, writer name: String, partitionCount: Int
    ) throws -> any StoreLocation
}
