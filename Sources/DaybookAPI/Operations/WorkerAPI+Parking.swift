import Daybook

/// Operations on events that could not be posted, and on messages that could not be read.
extension WorkerAPI {
    /// All of them.
    static let parking = [
        parked, parkedOfStream, retryParked, skipParked, unreadableMessages, unreadableMessage, dropUnreadableMessage,
        dropUnreadableMessages,
    ]

    // MARK: Parked events

    public static let parked = Operation(
        server: .worker, method: .get, path: "\(root)/parked", summary: "The first parked event of each stream.",
        parameters: page + [
            QueryParameter("stream", purpose: "only those of streams of this name"),
            QueryParameter("waiting", .flag, purpose: "with those that wait behind them"),
        ],
        responses: [200: OperationResponse("A page of them.", with: ParkedResponse.self)],
        refusals: [400, 409, 503])

    public static let parkedOfStream = Operation(
        server: .worker, method: .get, path: "\(parked.path)/{source}/{stream}",
        summary: "The parked events of one stream.",
        parameters: page,
        responses: [200: OperationResponse("A page of them.", with: ParkedResponse.self)],
        refusals: [400, 404, 409, 503])

    public static let retryParked = letting(
        "retry", summary: "Posts what is parked of a stream, in order, as far as it goes.")

    public static let skipParked = letting("skip", summary: "Gives the first one up, and posts the rest.")

    /// The parameters that ask for a page.
    private static let page = [
        QueryParameter("after", purpose: "only those after this place, the next of an answer"), .limit,
    ]

    /// Something that lets the parked events of a stream go.
    private static func letting(_ name: String, summary: String) -> Operation {
        Operation(
            server: .worker, method: .post, path: "\(parkedOfStream.path)/\(name)", summary: summary,
            responses: [200: OperationResponse("The outcome.", with: ParkedRetryResponse.self)],
            refusals: [404, 409, 503])
    }

    // MARK: Unreadable messages

    public static let unreadableMessages = Operation(
        server: .worker, method: .get, path: "\(root)/unreadable",
        summary: "The messages that are kept because they could not be read.",
        responses: [200: OperationResponse("All of them.", with: UnreadableResponse.self)], refusals: [503])

    public static let unreadableMessage = Operation(
        server: .worker, method: .get, path: "\(unreadableMessages.path)/{id}", summary: "One of them, whole.",
        responses: [200: OperationResponse("The message.", with: UnreadableMessageReport.self)],
        refusals: [404, 503])

    public static let dropUnreadableMessage = Operation(
        server: .worker, method: .post, path: "\(unreadableMessage.path)/drop", summary: "Drops one of them.",
        responses: [200: OperationResponse("The number of them.", with: DroppedResponse.self)],
        refusals: [404, 503])

    public static let dropUnreadableMessages = Operation(
        server: .worker, method: .post, path: "\(unreadableMessages.path)/drop", summary: "Drops all of them.",
        responses: [200: OperationResponse("The number of them.", with: DroppedResponse.self)], refusals: [503])
}
