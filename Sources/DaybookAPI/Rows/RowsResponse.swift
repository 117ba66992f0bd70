/// A line of the response that shows the rows of a projection.
///
/// First comes the progress of a build, where there is one. Then each table has a head and its rows. The last line is
/// the end or a problem.
public enum RowsResponse: APIDocument, Equatable {
    case progress(BuildProgress)
    case head(TableHead)
    case row(TableRow)
    case end(RowsEnd)
    case problem(RowsProblem)

    public static let example = RowsResponse.row(.example)

    /// The members by which the lines are told apart.
    private enum CodingKeys: CodingKey { case columns, row, rows, problem }

    public init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: CodingKeys.self)
        if line.contains(.problem) {
            self = .problem(try RowsProblem(from: decoder))
        } else if line.contains(.columns) {
            self = .head(try TableHead(from: decoder))
        } else if line.contains(.row) {
            self = .row(try TableRow(from: decoder))
        } else if line.contains(.rows) {
            self = .end(try RowsEnd(from: decoder))
        } else {
            self = .progress(try BuildProgress(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .progress(let progress): try progress.encode(to: encoder)
        case .head(let head): try head.encode(to: encoder)
        case .row(let row): try row.encode(to: encoder)
        case .end(let end): try end.encode(to: encoder)
        case .problem(let problem): try problem.encode(to: encoder)
        }
    }
}
