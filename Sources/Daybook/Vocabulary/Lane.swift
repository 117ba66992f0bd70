/// A partition of a source.
public struct Lane: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var source: Source
    public var partition: Partition

    public init(source: Source, partition: Partition) {
        self.source = source
        self.partition = partition
    }

    public var description: String { "\(source)/\(partition)" }

    public static func < (left: Lane, right: Lane) -> Bool {
        (left.source.description, left.partition) < (right.source.description, right.partition)
    }
}

extension Lane: LosslessStringConvertible {
    /// Reads `source/p03`; `nil` when the text is no lane. A source may contain slashes.
    public init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex else { return nil }
        let partition = text[text.index(after: slash)...]
        guard partition.first == "p", let index = Int(partition.dropFirst()), (0..<100).contains(index) else {
            return nil
        }
        self.init(source: Source(String(text[..<slash])), partition: Partition(index))
    }
}
