/// What a writer takes a stream to be before it appends.
public enum ExpectedVersion: Sendable, Hashable {
    case any
    case noStream
    case streamExists
    case exactly(StreamVersion)

    public func accepts(_ actual: StreamVersion) -> Bool {
        switch self {
        case .any: true
        case .noStream: actual == .zero
        case .streamExists: actual > .zero
        case .exactly(let version): actual == version
        }
    }
}
