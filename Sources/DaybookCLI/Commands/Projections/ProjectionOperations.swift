import ArgumentParser
import DaybookAPI
import DaybookClient

/// A command that asks a worker to do something with a projection.
protocol ProjectionOperation: ProjectionCommand {
    /// The name of the operation.
    static var operation: String { get }

    /// Asks for the operation.
    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport>
}

extension ProjectionOperation {
    func run(with client: ProjectionClient) async throws {
        let response = try await perform(with: client)
        if global.json { return try Terminal.print(response.text) }
        try Terminal.print("\(projection.name): \(Self.operation) is noted")
    }
}

/// `daybook projections promote`
struct ProjectionsPromoteCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Lets a build that is held, or was refused, serve once it has caught up.")
    static let operation = "promote"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.promote()
    }
}

/// `daybook projections cancel`
struct ProjectionsCancelCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Gives up a build and removes what there is of it.")
    static let operation = "cancel"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.cancel()
    }
}

/// `daybook projections rollback`
struct ProjectionsRollbackCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Lets the generation serve that did before.",
        discussion: "It is refused where a source has another log now than the one that the generation was made from.")
    static let operation = "rollback"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Option(
        help: ArgumentHelp(
            "Let this generation serve although its source has another log now.", valueName: "generation"))
    var force: Int?

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.rollBack(RollbackRequest(force: force))
    }
}

/// `daybook projections drop`
struct ProjectionsDropCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Removes generations that have served before, builds of other versions, and damaged files.")
    static let operation = "drop"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.drop()
    }
}

/// `daybook projections pause`
struct ProjectionsPauseCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stops posting until it is resumed, also after a restart.")
    static let operation = "pause"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.pause()
    }
}

/// `daybook projections resume`
struct ProjectionsResumeCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on posting; events that could not be posted are tried anew.")
    static let operation = "resume"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.resume()
    }
}

/// `daybook projections reset`
struct ProjectionsResetCommand: ProjectionOperation {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Removes all generations and builds the first one anew; lets a stopped reaction go on.",
        discussion: """
            Until the first generation is built, queries are refused. A reaction that has stopped takes the present log \
            of its source for the right one, and goes on in it where it stopped.
            """)
    static let operation = "reset"

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func perform(with client: ProjectionClient) async throws -> Received<ProjectionReport> {
        try await client.reset()
    }
}
