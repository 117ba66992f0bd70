public import Daybook

/// The state of an aggregate, now or at a moment.
public struct StateResponse: APIDocument, Equatable {
    /// The id of the aggregate.
    public var id: String
    /// The version of its stream after which it was in this state.
    public var version: StreamVersion
    /// The state as the domain encodes it.
    public var state: EncodedJSON

    public init(id: String, version: StreamVersion, state: EncodedJSON) {
        self.id = id
        self.version = version
        self.state = state
    }

    public static let example = StateResponse(
        id: "ada", version: 3, state: ExampleValues.json(#"{"email":"ada@example.com","isActive":true}"#))
}
