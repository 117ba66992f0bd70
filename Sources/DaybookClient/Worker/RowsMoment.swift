public import Daybook

/// A moment at which the rows of a projection are shown.
public enum RowsMoment: Sendable, Hashable {
    /// After everything that was recorded up to this time.
    case time(Timestamp)
    /// After these offsets, `source/p00=12` separated by commas. Of partitions that are not named there is nothing.
    case offsets(String)

    /// The moment after these offsets. Of partitions that are not named there is nothing.
    public static func places(_ offsets: [Lane: Offset]) -> RowsMoment {
        let texts = offsets.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .offsets(texts.joined(separator: ","))
    }
}
