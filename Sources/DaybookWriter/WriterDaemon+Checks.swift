import Daybook
import DaybookAPI
import DaybookService
import Logging

/// What is found at start, before a command meets it.
extension WriterDaemon {
    /// Refuses aggregates that cannot be served, or not beside each other.
    ///
    /// - Throws: `ConfigurationError`.
    static func check(_ aggregates: [CommandHandler]) throws {
        var problems = aggregates.isEmpty ? ["a writer needs an aggregate, and was given none"] : []
        for aggregate in aggregates {
            let (category, name) = (aggregate.category, aggregate.name)
            if reservedCategories.contains(category) {
                problems.append("\(name): the category “\(category)” is the name of a route")
            }
            // A hyphen would begin the id.
            let stream = try? StreamName(category: StreamCategory(stringLiteral: category), id: "1")
            if stream?.category.description != category {
                problems.append(
                    "\(name): the category “\(category)” must be lower-case letters, digits and _, a letter first")
            }
        }
        let shared = Dictionary(grouping: aggregates, by: \.category).filter { $0.value.count > 1 }
        for (category, sharing) in shared.sorted(by: { $0.key < $1.key }) {
            let names = sharing.map(\.name).joined(separator: " and ")
            problems.append("\(names) have one category, “\(category)”: each aggregate needs its own")
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }

    /// The words behind `/v1` in paths that are no aggregate's, and names of other routes of daemons.
    static let reservedCategories: Set<String> = {
        let served = WriterAPI.operations.compactMap { $0.path.split(separator: "/").dropFirst().first }
        return Set(served.map { String($0) }).union(["projections", "health"])
    }()

    /// Refuses the store of another domain, and logs what the code does not know of its own.
    ///
    /// - Parameter name: The setting that names the store, and its value.
    /// - Throws: `ConfigurationError`.
    static func check(
        _ store: any WriterStore, named name: String, _ aggregates: [CommandHandler], _ logger: Logger
    ) async throws {
        let stored = try await store.categories().map(\.description)
        let strange = Set(stored).subtracting(aggregates.map(\.category)).sorted()
        guard strange.isEmpty || strange.count < stored.count else {
            throw ConfigurationError(
                "\(name) is the store of another domain, with streams of "
                    + "\(strange.joined(separator: ", ")); this writer serves "
                    + aggregates.map(\.category).joined(separator: ", "))
        }
        if !strange.isEmpty {
            logger.warning(
                "the store has streams that this writer does not serve",
                metadata: ["categories": "\(strange.joined(separator: ", "))"])
        }
        let types = try await store.typesInUse()
        for aggregate in aggregates {
            for warning in aggregate.warnings {
                logger.warning("\(warning)", metadata: ["aggregate": "\(aggregate.name)"])
            }
            let own = types.filter { $0.stream.category.description == aggregate.category }
            for type in own where !aggregate.knows(type.name, type.schemaVersion) {
                logger.error(
                    "no case has the key of a stored type: keep the key, or add Upcaster.renamed(type:to:version:from:)",
                    metadata: [
                        "aggregate": "\(aggregate.name)", "type": "\(type.name)", "stream": "\(type.stream)",
                    ])
            }
        }
    }
}
