/// The progress of a generation that is built to be shown.
public struct BuildProgress: APIDocument, Equatable {
    /// Events that are posted.
    public var done: Int64
    /// Events that there are, or more while it is not known where the limit is.
    public var total: Int64

    public init(done: Int64, total: Int64) {
        self.done = done
        self.total = total
    }

    public static let example = BuildProgress(done: 120, total: 184_203)
}
