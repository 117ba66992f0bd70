public import Daybook

/// The schema of a type of documents: what its example and the code that decodes it show.
public struct APISchema: Sendable {
    /// The name of the type.
    public let name: String
    private let makeForm: @Sendable () throws -> CatalogueForm

    /// The schema of documents of a type.
    public init<Document: APIDocument>(_ type: Document.Type) {
        name = "\(type)"
        makeForm = { try CatalogueForm(ofDocument: Document.example) }
    }

    /// The members of the documents, with the example.
    ///
    /// - Throws: `CatalogueError` when the example is not the same when it was encoded and decoded.
    public func form() throws -> CatalogueForm { try makeForm() }
}

extension APISchema {
    /// The schemas of all requests and responses, and of their parts.
    public static let all = commands + projections + parking + rows + health

    private static let commands = [
        APISchema(CommandResponse.self), APISchema(StateResponse.self), APISchema(ForgettingResponse.self),
        APISchema(StoreForgettingReport.self), APISchema(QuarantineResponse.self), APISchema(QuarantineEntry.self),
        APISchema(EventResponse.self), APISchema(HeadResponse.self), APISchema(PartitionHead.self),
        APISchema(ProblemDocument.self), APISchema(BatchCommand.self), APISchema(BatchResult.self),
        APISchema(BatchProblem.self), APISchema(LogPageResponse.self), APISchema(LogEventResponse.self),
    ]

    private static let projections = [
        APISchema(ProjectionsResponse.self), APISchema(ProjectionReport.self), APISchema(GenerationReport.self),
        APISchema(LaneReport.self), APISchema(FileCheckpoint.self), APISchema(RebuildRequest.self),
        APISchema(RollbackRequest.self), APISchema(RebuildEstimate.self), APISchema(ComparisonResponse.self),
        APISchema(TableDifferenceReport.self),
    ]

    private static let parking = [
        APISchema(ParkedResponse.self), APISchema(ParkedEventReport.self), APISchema(ParkedRetryResponse.self),
        APISchema(UnreadableResponse.self), APISchema(UnreadableMessageReport.self), APISchema(DroppedResponse.self),
    ]

    private static let rows = [
        APISchema(BuildProgress.self), APISchema(TableHead.self), APISchema(TableRow.self), APISchema(RowsEnd.self),
        APISchema(RowsProblem.self),
    ]

    private static let health = [
        APISchema(LivenessResponse.self), APISchema(ReadinessResponse.self), APISchema(ReadinessCheck.self),
    ]
}
