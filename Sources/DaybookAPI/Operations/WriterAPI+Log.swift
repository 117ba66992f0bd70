import Daybook

extension WriterAPI {
    /// The integration events of a partition.
    public static let log = Operation(
        server: .writer, method: .get, path: "/v1/log/{partition}",
        summary: "The integration events of a partition: a page, one a line, or live as server-sent events.",
        parameters: [
            QueryParameter("after", purpose: "only events after this offset, or after this epoch/offset"), .limit,
        ],
        headers: [HeaderParameter(.lastEventID, purpose: "the id of an event, epoch/offset; wins over after")],
        responses: [
            200: OperationResponse(
                "Events as they were published. As server-sent events each is the data, and epoch/offset the id.",
                contents: [
                    .document(APISchema(LogPageResponse.self)), .lines([APISchema(LogEventResponse.self)]),
                    .serverSentEvents(APISchema(LogEventResponse.self)),
                ],
                headers: [
                    HeaderParameter(.epoch, purpose: "the identity of the store's log"),
                    HeaderParameter(.head, .number(0...Int.max), purpose: "the offset of the partition's last event"),
                ])
        ],
        refusals: [400, 404, 409])
}
