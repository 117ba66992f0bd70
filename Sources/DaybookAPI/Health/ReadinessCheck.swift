/// The state of one thing that a daemon needs.
public struct ReadinessCheck: APIDocument, Equatable {
    /// `true` when it can be used now.
    public var ready: Bool
    /// The state in words.
    public var detail: String

    public init(ready: Bool, detail: String) {
        self.ready = ready
        self.detail = detail
    }

    public static let example = ReadinessCheck(ready: true, detail: "position 3")
}
