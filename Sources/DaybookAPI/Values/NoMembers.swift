/// The body of a request for an operation that takes nothing: an object without members.
public struct NoMembers: APIDocument, Equatable {
    private enum CodingKeys: CodingKey {}

    public init() {}

    /// - Throws: `DecodingError` when there is no object.
    public init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: CodingKeys.self) }

    public func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: CodingKeys.self) }

    public static let example = NoMembers()
}
