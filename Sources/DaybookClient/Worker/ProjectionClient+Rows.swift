import Daybook
import DaybookAPI

extension ProjectionClient {
    /// The rows of the projection's tables, one after the other.
    ///
    /// - Parameters:
    ///   - moment: The moment at which they are shown. For it a generation is built from history, and removed when
    ///     reading ends. With `nil`, they are shown as they are.
    ///   - table: The table that is meant; `nil` for all.
    public func rows(at moment: RowsMoment? = nil, of table: String? = nil) -> ProjectionRows {
        let place: (String, String?) =
            switch moment {
            case nil: ("at", nil)
            case .time(let time)?: ("at", time.description)
            case .offsets(let offsets)?: ("offsets", offsets)
            }
        let request = DaemonRequest(
            WorkerAPI.rows, names: ["name": name], query: [place, ("table", table)], accept: .lines)
        return ProjectionRows(connection: connection, request: request)
    }
}
