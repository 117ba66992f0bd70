public import Daybook

/// The answer to a command that the domain has taken.
public struct CommandResponse: APIDocument, Equatable {
    /// The id of the aggregate.
    public var id: String
    /// The version of its stream after the command.
    public var version: StreamVersion
    /// The position of the last event that the command has made; `nil` when nothing changed.
    public var position: Position?
    /// The place of the last integration event, a `WriteToken`; `nil` when nothing was published.
    public var token: String?

    public init(id: String, version: StreamVersion, position: Position? = nil, token: String? = nil) {
        self.id = id
        self.version = version
        self.position = position
        self.token = token
    }

    public static let example = CommandResponse(id: "ada", version: 3, position: 5, token: ExampleValues.token)
}
