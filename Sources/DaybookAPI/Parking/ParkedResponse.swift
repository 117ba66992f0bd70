/// A page of parked events, in the order of their sources, partitions and offsets.
public struct ParkedResponse: APIDocument, Equatable {
    public var parked: [ParkedEventReport]
    /// The place after which the next page begins, the value for `after`; `nil` on the last one.
    public var next: String?

    public init(parked: [ParkedEventReport], next: String? = nil) {
        self.parked = parked
        self.next = next
    }

    public static let example = ParkedResponse(parked: [.example], next: "users-writer/3/6")
}
