public import Daybook

/// The answer when the personal data of an aggregate are destroyed.
public struct ForgettingResponse: APIDocument, Equatable {
    /// The id of the aggregate.
    public var id: String
    /// The version of its stream, which says that it is forgotten.
    public var version: StreamVersion
    /// The place of the last integration event that says so, a `WriteToken`; `nil` when there is none.
    public var token: String?
    public var store: StoreForgettingReport

    public init(id: String, version: StreamVersion, token: String? = nil, store: StoreForgettingReport) {
        self.id = id
        self.version = version
        self.token = token
        self.store = store
    }

    public static let example = ForgettingResponse(
        id: "ada", version: 4, token: ExampleValues.token, store: .example)
}
